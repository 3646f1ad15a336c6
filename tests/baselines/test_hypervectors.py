"""Hypervectors: joint cosines over five patches, fixed by a seed; what the networks that read them start as."""

import math

import pytest
import torch

from baselines.hypervectors import HypervectorDiscriminator, HypervectorMapping, LocalityHash
from baselines.vgg import VGG19Trunk


def random_features(batch: int = 2) -> list[torch.Tensor]:
    return [torch.rand(batch, c, 32 >> level, 32 >> level) for level, c in enumerate((2, 3, 4, 5, 6))]


@pytest.mark.parametrize("size", [(17, 31), (50, 66), (64, 48)])
def test_hypervectors_cover_whole_cells_only(size):
    vgg = VGG19Trunk(0.0625)
    v = LocalityHash(vgg.channels, 8, seed=0)(vgg(torch.rand(1, 3, *size)))
    assert v.shape == (1, 8, size[0] // 16, size[1] // 16)


def test_hypervector_elements_are_cosines_over_all_five_patches():
    torch.manual_seed(0)
    hashing, features = LocalityHash((2, 3, 4, 5, 6), 7, seed=0), random_features()
    cell = torch.cat([f[1, :, s : 2 * s, :s].flatten() for f, s in zip(features, hashing.sides, strict=True)])
    rows = torch.cat([hashing.get_buffer(f"directions{level}").flatten(1) for level in range(5)], 1)
    expected = torch.cosine_similarity(rows, cell[None])
    assert torch.allclose(hashing(features)[1, :, 1, 0], expected, atol=1e-6)


def test_scaling_all_taps_leaves_hypervectors_and_scaling_one_does_not():
    torch.manual_seed(0)
    hashing, features = LocalityHash((2, 3, 4, 5, 6), 64, seed=0), random_features()
    v = hashing(features)
    assert torch.allclose(hashing([3 * f for f in features]), v, atol=1e-6)
    assert (hashing([3 * features[0], *features[1:]]) - v).abs().max() > 1e-2


def test_cells_without_features_have_finite_gradients():
    features = [f.zero_().requires_grad_() for f in random_features()]
    LocalityHash((2, 3, 4, 5, 6), 8, seed=0)(features).sum().backward()
    assert all(f.grad.isfinite().all() for f in features)


def test_random_directions_depend_on_the_seed_alone():
    torch.manual_seed(0)
    one = LocalityHash((2, 3), 8, seed=4)
    torch.manual_seed(1)
    same, other = LocalityHash((2, 3), 8, seed=4), LocalityHash((2, 3), 8, seed=5)
    assert torch.equal(one.directions0, same.directions0) and not torch.equal(one.directions0, other.directions0)


def test_mapping_starts_as_a_constant():
    u = HypervectorMapping(32)(torch.randn(2, 32, 4, 4))
    assert torch.allclose(u, torch.full_like(u, math.tanh(1)))


def test_discriminator_judges_each_cell_alone():
    network, v = HypervectorDiscriminator(16, 8), torch.randn(1, 16, 4, 4, requires_grad=True)
    network(v)[0, 0, 1, 2].backward()
    assert v.grad.abs().sum((0, 1)).nonzero().tolist() == [[1, 2]]
