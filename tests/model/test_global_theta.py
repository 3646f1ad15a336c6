"""DA-KPN with one theta: the same training as DA-KPN, no semantics."""

import pytest
import torch
from tiny_methods import IMAGE, LOW_RES, Views, batch
from tiny_methods import build as build_method

from dakpn.model.kernels import Kernels
from dakpn.model.transforms import fixed_noise
from dakpn.model.transforms import translate as apply_theta


def build(**changes):
    return build_method("dakpn-global", **changes)


def test_every_pixel_of_every_image_has_one_theta():
    translator = build()
    torch.nn.init.normal_(translator.kpn.theta)
    theta, _ = translator._theta(torch.rand(2, 3, *LOW_RES))
    assert theta.shape == (2, 12, *LOW_RES)
    assert (theta == translator.kpn.theta.view(1, 12, 1, 1)).all()


def test_it_is_dakpns_operator_with_that_theta():
    translator = build()
    translator.kpn.theta.data += torch.tensor([0.1, -0.2, 0.1, 0.02, 0.1, -0.1, 1.0, 1.5, 2.0, 0.05, 0.1, 0.02])
    given = batch(2)
    kernels = Kernels.from_channels(translator.kpn.theta.detach().view(1, 12, 1, 1).expand(2, 12, *IMAGE))
    wanted = apply_theta(given.image, kernels, fixed_noise(*IMAGE, seed=0))
    torch.testing.assert_close(translator.translate(given), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("update", ["simultaneous", "alternating", "reversal"])
def test_dakpns_step_moves_all_twelve_numbers(update):
    translator = build(update=update)
    before = translator.kpn.theta.detach().clone()
    torch.manual_seed(1)
    step, state = translator.training_step(Views(1), Views(2), seed=0, device="cpu")
    losses = step(0)
    assert {"d_patch", "d_low", "identity"} <= set(losses)
    assert (translator.kpn.theta.grad != 0).all()
    assert (translator.kpn.theta != before).all()
    assert state["kpn"] is translator.kpn


def test_it_starts_where_dakpn_starts():
    given = batch()
    torch.testing.assert_close(build().translate(given), given.image, rtol=0, atol=1 / 255)
