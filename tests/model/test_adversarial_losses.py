"""The gradients of both sides, against two separate forward passes written out."""

import copy

import pytest
import torch

from dakpn.model.discriminator import PatchDiscriminator
from dakpn.model.losses import AdversarialLosses, discriminator_loss, identity_loss, nonsaturating_loss
from dakpn.model.patches import Patches

SIZE = (32, 48)


class Brightness(torch.nn.Module):
    """Stands in for a KPN: two numbers that change an image."""

    def __init__(self):
        super().__init__()
        self.factor, self.shift = torch.nn.Parameter(torch.tensor(0.9)), torch.nn.Parameter(torch.tensor(0.05))

    def forward(self, image):
        return image * self.factor + self.shift


@pytest.fixture
def players():
    torch.manual_seed(0)
    return Brightness(), PatchDiscriminator(width=4)


@pytest.fixture
def batch():
    torch.manual_seed(1)
    images = [torch.rand(3, 3, *SIZE) for _ in range(4)]
    return Patches(torch.arange(3), None, *images)


def gradients(kpn, discriminator, batch, **settings):
    settings = {"update": "simultaneous", "joint_batches": True, "precision": "float32"} | settings
    losses = AdversarialLosses(kpn, discriminator, **settings)
    values = losses.gradients(kpn(batch.patch), kpn(batch.low), batch)
    return values, [p.grad.clone() for p in (*kpn.parameters(), *discriminator.parameters())]


def test_one_forward_pass_gives_the_gradients_of_two(players, batch):
    kpn, discriminator = copy.deepcopy(players)

    def judged(translated, real):
        return discriminator(torch.cat([translated, real])).chunk(2)

    pairs = [(kpn(batch.patch), batch.real_patch), (kpn(batch.low), batch.real_low)]
    discriminator.requires_grad_(False)
    fooling = sum(nonsaturating_loss(judged(*pair)[0]) for pair in pairs)
    (fooling + identity_loss(pairs[0][0], batch.patch)).backward()
    discriminator.requires_grad_(True)
    sum(discriminator_loss(*judged(translated.detach(), real)) for translated, real in pairs).backward()

    _, found = gradients(*players, batch)
    for own, expected in zip(found, [*kpn.parameters(), *discriminator.parameters()], strict=True):
        torch.testing.assert_close(own, expected.grad, rtol=1e-5, atol=1e-8)


def test_reversal_is_the_discriminators_loss_with_the_other_sign(players, batch):
    kpn, discriminator = players
    losses, found = gradients(kpn, discriminator, batch, update="reversal", joint_batches=False)
    total = losses["identity"] - losses["d_patch"] - losses["d_low"]
    kpn.zero_grad()
    pairs = [(kpn(batch.patch), batch.real_patch), (kpn(batch.low), batch.real_low)]
    played = sum(discriminator_loss(discriminator(fake), discriminator(real)) for fake, real in pairs)
    again = identity_loss(pairs[0][0], batch.patch) - played
    expected = torch.autograd.grad(again, list(kpn.parameters()))
    assert total.item() == pytest.approx(again.item(), abs=1e-6)
    for own, gradient in zip(found, expected, strict=False):
        torch.testing.assert_close(own, gradient, rtol=1e-4, atol=1e-7)


def test_in_an_alternation_the_discriminator_answers_the_updated_kpn(players, batch):
    kpn, discriminator = players
    losses = AdversarialLosses(kpn, discriminator, update="alternating", joint_batches=True, precision="float32")
    first = losses.gradients(kpn(batch.patch), kpn(batch.low), batch)
    assert set(first) == {"kpn_patch", "kpn_low", "identity"}
    assert all(p.grad is None for p in discriminator.parameters())
    _, both = gradients(*copy.deepcopy(players), batch)
    for own, expected in zip([p.grad for p in kpn.parameters()], both, strict=False):
        torch.testing.assert_close(own, expected)

    with torch.no_grad():
        kpn.shift += 0.2
        patch, low = kpn(batch.patch), kpn(batch.low)
    second = losses.answer(patch, low, batch)
    _, expected = gradients(*copy.deepcopy(players), batch)
    assert set(second) == {"d_patch", "d_low"}
    for p, wanted, before in zip(discriminator.parameters(), expected[2:], both[2:], strict=True):
        torch.testing.assert_close(p.grad, wanted)
        assert not torch.equal(p.grad, before)


def test_half_precision_stays_near_single_and_leaves_float32_gradients(players, batch):
    exact, single = gradients(*copy.deepcopy(players), batch)
    rounded, half = gradients(*players, batch, precision="bfloat16")
    assert all(gradient.dtype == torch.float32 for gradient in half)
    assert rounded["d_patch"] != exact["d_patch"]
    for name in exact:
        assert rounded[name].item() == pytest.approx(exact[name].item(), rel=0.02)
    for near, true in zip(half[2:], single[2:], strict=True):
        assert torch.nn.functional.cosine_similarity(near.flatten(), true.flatten(), dim=0) > 0.98


def test_without_real_low_images_only_translations_are_judged(players, batch):
    losses, _ = gradients(*players, batch._replace(real_low=None))
    assert losses["d_low"] < losses["d_patch"]
