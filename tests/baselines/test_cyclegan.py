"""CycleGAN: published sizes, initial values, update order, schedule, and a run that is killed and continued."""

from functools import partial

import pytest
import torch
from killed_training import check_killed_training
from tiny_methods import of
from torch.nn import functional as F

from baselines.adversarial import linear_end
from baselines.cyclegan import CycleGAN
from dakpn.errors import InputError
from dakpn.model.discriminator import PatchDiscriminator

TINY = {"width": 4, "blocks": 1, "discriminator_width": 4, "crop": 32, "pool": 2}
TASK = {"image_size": (40, 48), "low_size": (20, 24), "num_classes": 19}


def build(seed: int = 0, **changes) -> CycleGAN:
    torch.manual_seed(seed)
    return CycleGAN(CycleGAN.Config(**(TINY | changes)), **TASK)


def count(network) -> int:
    return sum(p.numel() for p in network.parameters())


def test_parameter_counts_are_the_published_ones():
    with torch.device("meta"):
        method = CycleGAN(CycleGAN.Config(), **TASK)
    assert method.parameter_counts() == {"trainable": 28_285_832, "training": 28_285_832, "inference": 11_378_179}
    assert count(method.discriminator_target) == 2_764_737


@pytest.mark.parametrize(("side", "scores"), [(256, 30), (360, 43), (512, 62)])
def test_discriminator_judges_as_many_patches_as_published(side, scores):
    with torch.device("meta"):
        network = PatchDiscriminator(norm=torch.nn.InstanceNorm2d)
        assert network(torch.empty(1, 3, side, side)).shape == (1, 1, scores, scores)


def test_discriminator_score_sees_70_pixels():
    network = PatchDiscriminator(2, torch.nn.InstanceNorm2d)
    # Instance norm spreads every pixel over the whole map; without it the receptive field is that of the convolutions.
    network = torch.nn.Sequential(*(layer for layer in network if not isinstance(layer, torch.nn.InstanceNorm2d)))
    image = torch.rand(1, 3, 128, 128, requires_grad=True)
    network(image)[0, 0, 7, 7].backward()
    rows = image.grad.abs().sum((0, 1, 3)).nonzero()
    assert rows.max() - rows.min() + 1 == 70


def test_weights_start_with_a_deviation_of_two_hundredths_and_no_bias():
    method = build(width=16, discriminator_width=16)
    for network in method.networks().values():
        weights = torch.cat([p.flatten() for p in network.parameters() if p.ndim == 4])
        biases = torch.cat([p.flatten() for p in network.parameters() if p.ndim == 1])
        assert weights.std().item() == pytest.approx(0.02, rel=0.02)
        assert biases.abs().max() == 0


@pytest.mark.parametrize("size", [(32, 48), (33, 50), (35, 47)])
def test_translation_has_the_size_and_range_of_its_input(size):
    image = torch.rand(2, 3, *size)
    out = build().translate(of(image))
    assert out.shape == image.shape and not out.requires_grad
    assert out.min() >= 0 and out.max() <= 1


def test_batched_translation_equals_single_translations():
    method, images = build(), torch.rand(3, 3, 32, 32)
    single = torch.cat([method.translate(of(image[None])) for image in images])
    assert torch.allclose(method.translate(of(images)), single, atol=1e-6)


def test_generator_loss_is_the_weighted_sum_of_its_parts():
    method, (a, b) = build(), torch.rand(2, 1, 3, 32, 32) * 2 - 1
    losses, fake_b, fake_a = method.generator_losses(a, b)
    assert torch.equal(fake_b, method.generator(a)) and torch.equal(fake_a, method.generator_back(b))
    expected = (
        ((method.discriminator_target(fake_b) - 1) ** 2).mean()
        + ((method.discriminator_source(fake_a) - 1) ** 2).mean()
        + 10 * F.l1_loss(method.generator_back(fake_b), a)
        + 10 * F.l1_loss(method.generator(fake_a), b)
        + 5 * F.l1_loss(method.generator(b), b)
        + 5 * F.l1_loss(method.generator_back(a), a)
    )
    assert losses["generator"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_identity_weight_zero_computes_no_identity_loss():
    losses, _, _ = build(identity_weight=0).generator_losses(*torch.rand(2, 1, 3, 32, 32))
    assert set(losses) == {
        "adversarial_target",
        "adversarial_source",
        "cycle_source",
        "cycle_target",
        "generator",
    }


def test_discriminator_loss_is_zero_for_perfect_scores_and_half_for_undecided_ones():
    method = build()
    for network in (method.discriminator_target, method.discriminator_source):
        torch.nn.init.zeros_(network[-1].weight)
    images = torch.rand(4, 1, 3, 32, 32)
    assert [x.item() for x in method.discriminator_losses(*images).values()] == pytest.approx([0.5, 0.5])
    method.discriminator_target = method.discriminator_source = lambda image: image.mean((1, 2, 3))
    real, fake = torch.ones(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)
    assert [x.item() for x in method.discriminator_losses(real, real, fake, fake).values()] == [0, 0]


def test_generators_are_updated_before_the_discriminators_and_see_none_of_their_gradients(views, monkeypatch):
    method, events = build(), []
    step, state = method.training_step(*views, seed=0, device="cpu")
    state["optimiser_g"].register_step_post_hook(lambda *_: events.append("G"))
    state["optimiser_d"].register_step_post_hook(lambda *_: events.append("D"))
    judge = method.discriminator_losses

    def watch(*images):
        # The generators' backward has run and the discriminators' has not.
        assert all(p.grad is None for net in discriminators(method) for p in net.parameters())
        before.extend(p.grad.clone() for net in generators(method) for p in net.parameters())
        assert not any(image.requires_grad for image in images)
        return judge(*images)

    before: list[torch.Tensor] = []
    monkeypatch.setattr(method, "discriminator_losses", watch)
    step(0)
    assert events == ["G", "D"]
    after = [p.grad for net in generators(method) for p in net.parameters()]
    assert all(torch.equal(x, y) for x, y in zip(before, after, strict=True))
    assert all(p.grad is not None for net in discriminators(method) for p in net.parameters())


def generators(method):
    return method.generator, method.generator_back


def discriminators(method):
    return method.discriminator_target, method.discriminator_source


def test_every_network_changes_in_one_step(views):
    method = build()
    before = {name: [p.clone() for p in net.parameters()] for name, net in method.networks().items()}
    step, _ = method.training_step(*views, seed=0, device="cpu")
    losses = step(0)
    assert all(torch.isfinite(value) for value in losses.values())
    for name, network in method.networks().items():
        assert any(not torch.equal(x, y) for x, y in zip(before[name], network.parameters(), strict=True)), name


def test_learning_rate_is_constant_for_one_half_and_falls_to_almost_zero():
    factor = partial(linear_end, 100, 200)
    assert [factor(i) for i in range(100)] == [1] * 100
    assert factor(100) == pytest.approx(0.9901, abs=1e-4)
    assert factor(199) == pytest.approx(0.0099, abs=1e-4)


def test_learning_rate_follows_the_iterations(views):
    step, state = build(iterations=4).training_step(*views, seed=0, device="cpu")
    rates = []
    for i in range(4):
        rates.append(state["optimiser_d"].param_groups[0]["lr"])
        step(i)
    assert rates == pytest.approx([2e-4, 2e-4, 2e-4 * 2 / 3, 2e-4 / 3])


def test_killed_run_continues_bit_for_bit(views, tmp_path):
    check_killed_training(lambda seed: build(seed, iterations=4, batch=2), views, tmp_path)


def test_export_holds_the_generator_alone_and_loads(tmp_path):
    method, other = build(0), build(1)
    method.export(tmp_path / "weights.safetensors")
    image = torch.rand(1, 3, 32, 32)
    assert not torch.equal(method.translate(of(image)), other.translate(of(image)))
    assert torch.equal(other.load(tmp_path / "weights.safetensors").translate(of(image)), method.translate(of(image)))


def test_crop_larger_than_the_images_names_key_and_cure(views):
    with pytest.raises(InputError, match=r"crop of CycleGAN.*Set it to 40"):
        build(crop=64).training_step(*views, seed=0, device="cpu")
