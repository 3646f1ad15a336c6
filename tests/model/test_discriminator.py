"""The discriminator: parameters and shapes."""

import pytest
import torch

from dakpn.model.discriminator import PatchDiscriminator


def test_discriminator_has_the_released_parameters():
    assert sum(parameter.numel() for parameter in PatchDiscriminator().parameters()) == 2_765_633


@pytest.mark.parametrize("size, patches", [((90, 160), (9, 18)), ((96, 160), (10, 18))])
def test_discriminator_shapes(size, patches):
    assert PatchDiscriminator(width=4)(torch.rand(2, 3, *size)).shape == (2, 1, *patches)
