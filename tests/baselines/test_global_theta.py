"""DA-KPN with one theta: the same training as DA-KPN, no semantics."""

import pytest
import torch
from test_methods import IMAGE, LOW, Views

from baselines import METHODS
from dakpn.kernels import Kernels
from dakpn.transforms import fixed_noise
from dakpn.transforms import translate as apply_theta

SECTION = {"iterations": 2, "batch": 2, "grid": 2, "discriminator_width": 4}


def build(**changes):
    torch.manual_seed(0)
    method = METHODS["dakpn-global"]
    return method(method.Config(**{**SECTION, **changes}), image_size=IMAGE, low_size=LOW, num_classes=19)


def global_theta(translator):
    """The twelve numbers: what the predictor makes of ones."""
    predict = translator.kpn.predict
    return (predict.bias + predict.weight.sum((1, 2, 3))).detach().view(1, 12, 1, 1)


def test_every_pixel_of_every_image_has_one_theta():
    translator = build()
    torch.nn.init.normal_(translator.kpn.predict.weight)
    theta, _ = translator._theta(torch.rand(2, 3, *LOW))
    assert theta.shape == (2, 12, *LOW)
    torch.testing.assert_close(theta, global_theta(translator).expand_as(theta), rtol=1e-5, atol=1e-5)


def test_it_is_dakpns_operator_with_that_theta():
    translator = build()
    torch.nn.init.normal_(translator.kpn.predict.weight, std=0.05)
    image = torch.rand(2, 3, *IMAGE)
    theta = global_theta(translator)
    assert ((theta - build().kpn.predict.bias.view(1, 12, 1, 1)).abs() > 0.01).sum() > 6
    kernels = Kernels.from_channels(theta.expand(2, 12, *IMAGE))
    wanted = apply_theta(image, kernels, fixed_noise(*IMAGE, seed=0))
    torch.testing.assert_close(translator.translate(image), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("update", ["alternating", "reversal"])
def test_dakpns_step_moves_all_twelve_numbers(update):
    translator = build(update=update)
    before = global_theta(translator)
    torch.manual_seed(1)
    step, state = translator.training_step(Views(1), Views(2), seed=0, device="cpu")
    losses = step(0)
    assert {"d_patch", "d_low", "identity"} <= set(losses)
    assert (translator.kpn.predict.bias.grad != 0).all() and (translator.kpn.predict.weight.grad != 0).all()
    # Adam's first step moves every parameter by its rate: nineteen weights and a bias move one number of theta.
    moved = (global_theta(translator) - before).abs()
    torch.testing.assert_close(moved, torch.full_like(moved, 20 * 1e-4), rtol=0.05, atol=0)
    assert state["kpn"] is translator.kpn


def test_it_starts_where_dakpn_starts():
    image = torch.rand(1, 3, *IMAGE)
    torch.testing.assert_close(build().translate(image), image, rtol=0, atol=1 / 255)


def test_the_step_is_dakpns_own():
    dakpn, control = METHODS["dakpn-t"], METHODS["dakpn-global"]
    assert control.training_step is dakpn.training_step and control.fit is dakpn.fit
    assert control.Config is dakpn.Config
