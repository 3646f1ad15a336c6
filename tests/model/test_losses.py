import math

import pytest
import torch

from dakpn.model.losses import discriminator_loss, identity_loss, nonsaturating_loss, reverse_gradient


def test_undecided_discriminator_loses_two_log_two():
    logits = torch.zeros(2, 1, 3, 3)
    assert discriminator_loss(logits, logits).item() == pytest.approx(2 * math.log(2))


def test_losses_are_the_papers_logarithms():
    translated, real = torch.randn(2, 1, 3, 3, dtype=torch.float64), torch.randn(2, 1, 3, 3, dtype=torch.float64)
    expected = (-torch.log(1 - torch.sigmoid(translated))).mean() + (-torch.log(torch.sigmoid(real))).mean()
    torch.testing.assert_close(discriminator_loss(translated, real), expected)
    torch.testing.assert_close(nonsaturating_loss(translated), (-torch.log(torch.sigmoid(translated))).mean())


def test_without_real_images_only_the_translated_term_stays():
    translated = torch.randn(2, 1, 3, 3)
    torch.testing.assert_close(discriminator_loss(translated, None), -torch.log(1 - torch.sigmoid(translated)).mean())


def test_confident_logits_stay_finite():
    logits = torch.tensor([-1e4, 1e4])
    assert torch.isfinite(discriminator_loss(logits, -logits)) and torch.isfinite(nonsaturating_loss(logits))


def test_identity_loss_is_zero_for_the_source_itself():
    image = torch.rand(1, 3, 4, 4)
    assert identity_loss(image, image) == 0 and identity_loss(image, image + 0.5).item() == pytest.approx(0.25)


def test_reversed_gradient_has_the_other_sign():
    x = torch.tensor([2.0], requires_grad=True)
    reverse_gradient(x).square().backward()
    assert x.grad.item() == -4
