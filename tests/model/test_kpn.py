"""The kernel predictor: parameters and starting point."""

import torch

from dakpn.model.kernels import Kernels
from dakpn.model.kpn import KernelPredictor
from dakpn.model.transforms import fixed_noise, translate


def test_kernel_predictor_has_240_parameters():
    assert sum(parameter.numel() for parameter in KernelPredictor(19).parameters()) == 240


def test_kernel_predictor_starts_at_the_identity_translation():
    logits, image = torch.randn(2, 19, 12, 20), torch.rand(2, 3, 12, 20)
    kernels = Kernels.from_channels(KernelPredictor(19)(logits))
    translated = translate(image, kernels, fixed_noise(12, 20, seed=0))
    assert (translated - image).abs().max() < 1 / 255


def test_every_parameter_of_the_kernel_predictor_can_learn():
    predictor, logits = KernelPredictor(19), torch.randn(2, 19, 12, 20)
    kernels = Kernels.from_channels(predictor(logits))
    translate(torch.rand(2, 3, 12, 20), kernels, fixed_noise(12, 20, seed=0)).square().sum().backward()
    assert (predictor.predict.bias.grad.abs() > 1e-6).all()
    assert (predictor.predict.weight.grad.abs().amax(dim=1) > 1e-6).all()
