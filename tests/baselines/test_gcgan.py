"""GcGAN: published sizes, the transforms, losses against their literal form, what is detached, and a continued run."""

import pytest
import torch
from killed_training import check_killed_training
from tiny_methods import instance, of

from baselines.gcgan import TRANSFORMS, GcGAN
from dakpn.errors import InputError

TINY = {"width": 4, "blocks": 1, "discriminator_width": 4, "crop": 32, "pool": 2, "batch": 2}
TASK = {"image_size": (40, 48), "low_size": (20, 24), "num_classes": 19}
SQUARES = torch.tensor([[1, 2], [3, 4]])


def build(seed: int = 0, **changes) -> GcGAN:
    torch.manual_seed(seed)
    return GcGAN(GcGAN.Config(**(TINY | changes)), **TASK)


def double(**changes) -> GcGAN:
    method = build(**changes)
    for network in method.networks().values():
        network.double()
    return method


def images(count: int, side: int = 32) -> torch.Tensor:
    return torch.rand(count, 2, 3, side, side, dtype=torch.float64) * 2 - 1


def turn(image: torch.Tensor, transform: str) -> torch.Tensor:
    """Literal: transpose and reverse columns, or reverse rows."""
    backwards = torch.arange(image.shape[-1] - 1, -1, -1)
    return image.transpose(-1, -2)[..., backwards] if transform == "rotation" else image[..., backwards, :]


def turn_back(image: torch.Tensor, transform: str) -> torch.Tensor:
    for _ in range(3 if transform == "rotation" else 1):
        image = turn(image, transform)
    return image


@pytest.mark.parametrize(
    ("changes", "trainable"),
    [({}, 16_907_653), ({"blocks": 6}, 13_367_173), ({"shared": False}, 28_285_832)],
    ids=["default", "six blocks", "unshared"],
)
def test_parameter_counts_are_the_published_ones(changes, trainable):
    with torch.device("meta"):
        method = GcGAN(GcGAN.Config(**changes), **TASK)
    generator = 7_837_699 if changes.get("blocks") == 6 else 11_378_179
    assert method.parameter_counts() == {"trainable": trainable, "training": trainable, "inference": generator}


def test_weights_start_with_xavier_deviations_and_biases_with_those_of_torch():
    method = build(width=16, discriminator_width=16, shared=False)
    checked = 0
    for network in method.networks().values():
        for layer in network.modules():
            if not isinstance(layer, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
                continue
            fans = layer.weight[0, 0].numel() * sum(layer.weight.shape[:2])
            if layer.weight.numel() > 4000:
                assert layer.weight.std().item() == pytest.approx(0.02 * (2 / fans) ** 0.5, rel=0.05)
                assert layer.weight.mean().abs() < 0.1 * layer.weight.std()
                checked += 1
            bound = layer.weight[0].numel() ** -0.5
            assert 0 < layer.bias.abs().max() <= bound
            assert layer.bias.numel() < 30 or layer.bias.abs().max() > 0.8 * bound
    assert checked >= 16


def test_rotation_is_a_quarter_turn_clockwise_and_the_flip_is_upside_down():
    assert TRANSFORMS["rotation"][0](SQUARES).tolist() == [[3, 1], [4, 2]]
    assert TRANSFORMS["rotation"][1](SQUARES).tolist() == [[2, 4], [1, 3]]
    assert TRANSFORMS["vertical_flip"][0](SQUARES).tolist() == [[3, 4], [1, 2]]


@pytest.mark.parametrize("name", TRANSFORMS)
def test_inverse_undoes_the_transform_of_images(name):
    transform, inverse = TRANSFORMS[name]
    image = torch.rand(2, 3, 8, 8)
    assert torch.equal(inverse(transform(image)), image) and torch.equal(transform(inverse(image)), image)
    assert torch.equal(transform(image), turn(image, name)) and not torch.equal(transform(image), image)


def test_the_flip_has_a_preset():
    assert instance("gcgan").settings["transform"] == "rotation"
    assert instance("gcgan-flip").settings == instance("gcgan").settings | {"transform": "vertical_flip"}


@pytest.mark.parametrize("size", [(32, 48), (33, 50), (35, 47)])
def test_translation_has_the_size_and_range_of_its_input(size):
    image = torch.rand(2, 3, *size)
    out = build().translate(of(image))
    assert out.shape == image.shape and not out.requires_grad
    assert out.min() >= 0 and out.max() <= 1


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_generator_losses_and_their_gradients_are_the_literal_ones(transform, shared):
    method, (a, b) = double(transform=transform, shared=shared), images(2)
    g, d, d_turned = method.generator, method.discriminator, method.discriminator_transformed
    g_turned = g if shared else method.generator_transformed
    parameters = list(dict.fromkeys([*g.parameters(), *g_turned.parameters()]))
    losses, fake, fake_turned = method.generator_losses(a, b)

    y, y_turned = g(a), g_turned(turn(a, transform))
    literal = {
        "adversarial": (d(y) - 1).pow(2).sum() / d(y).numel(),
        "adversarial_transformed": (d_turned(y_turned) - 1).pow(2).sum() / d_turned(y_turned).numel(),
        "geometry": (y - turn_back(y_turned.detach(), transform)).abs().sum() / a.numel(),
        "geometry_transformed": (y_turned - turn(y.detach(), transform)).abs().sum() / a.numel(),
        "identity": (g(b) - b).abs().sum() / b.numel(),
        "identity_transformed": (g_turned(turn(b, transform)) - turn(b, transform)).abs().sum() / b.numel(),
    }
    weights = (1, 1, 20, 20, 5, 5)
    literal["generator"] = sum(w * loss for w, loss in zip(weights, literal.values(), strict=True))

    torch.testing.assert_close(fake, y)
    torch.testing.assert_close(fake_turned, y_turned)
    assert set(losses) == set(literal)
    for name, expected in literal.items():
        torch.testing.assert_close(losses[name], expected)
        found, known = (
            torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True, materialize_grads=True)
            for loss in (losses[name], expected)
        )
        torch.testing.assert_close(found, known, rtol=1e-7, atol=1e-12, msg=name)


def test_each_consistency_loss_teaches_one_of_the_two_translations():
    method = double(shared=False)
    losses, fake, fake_turned = method.generator_losses(*images(2))
    for name, taught, left in (("geometry", fake, fake_turned), ("geometry_transformed", fake_turned, fake)):
        gradient = torch.autograd.grad(losses[name], (taught, left), retain_graph=True, allow_unused=True)
        assert gradient[0].abs().max() > 0 and gradient[1] is None
    both = [*method.generator.parameters(), *method.generator_transformed.parameters()]
    gradients = torch.autograd.grad(losses["generator"], both)
    assert all(gradient.isfinite().all() for gradient in gradients) and any(g.abs().max() > 0 for g in gradients)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_a_generator_that_commutes_with_the_transform_is_consistent(transform):
    method, (a, b) = double(transform=transform), images(2)
    method.generator = lambda image: image**3
    losses, _, _ = method.generator_losses(a, b)
    assert losses["geometry"] == losses["geometry_transformed"] == 0
    # One that treats rows and columns unevenly does not commute with either.
    method.generator = lambda image: image * torch.arange(32).reshape(32, 1) / 32
    losses, _, _ = method.generator_losses(a, b)
    assert losses["geometry"] == pytest.approx(losses["geometry_transformed"].item()) and losses["geometry"] > 0.1


def test_identity_weight_zero_computes_no_identity_loss():
    losses, _, _ = double(identity_weight=0).generator_losses(*images(2))
    assert set(losses) == {
        "adversarial",
        "adversarial_transformed",
        "geometry",
        "geometry_transformed",
        "generator",
    }


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_discriminator_losses_are_the_literal_ones(transform):
    method, (a, b, fake, fake_turned) = double(transform=transform), images(4)
    d, d_turned = method.discriminator, method.discriminator_transformed
    losses = method.discriminator_losses(a, b, fake, fake_turned)
    expected = {
        "discriminator": 0.5 * ((d(b) - 1) ** 2).mean() + 0.5 * (d(fake) ** 2).mean(),
        "discriminator_transformed": 0.5 * ((d_turned(turn(b, transform)) - 1) ** 2).mean()
        + 0.5 * (d_turned(fake_turned) ** 2).mean(),
    }
    torch.testing.assert_close(losses, expected)
    torch.testing.assert_close(method.discriminator_losses(a + 1, b, fake, fake_turned), expected)


@pytest.mark.parametrize("shared", [True, False])
def test_one_step_updates_generators_first_and_every_network_once(views, monkeypatch, shared):
    method, events = build(shared=shared), []
    step, state = method.training_step(*views, seed=0, device="cpu")
    networks = method.networks()
    assert len(networks) == (3 if shared else 4)
    for key, kind in (("optimiser_g", "generator"), ("optimiser_d", "discriminator")):
        own = {id(p) for name, net in networks.items() if name.startswith(kind) for p in net.parameters()}
        assert {id(p) for group in state[key].param_groups for p in group["params"]} == own
        state[key].register_step_post_hook(lambda *_, kind=kind: events.append(kind))
    start = {name: [p.clone() for p in net.parameters()] for name, net in networks.items()}
    judge, generate = method.discriminator_losses, method.generator_losses
    made: list[torch.Tensor] = []

    def watch_generators(a, b):
        losses, *fakes = generate(a, b)
        made.extend(fakes)
        return losses, *fakes

    def watch_discriminators(a, b, *fakes):
        # The pools are not full: the discriminators see what the generators made before their update.
        assert all(torch.equal(fake, own) and not fake.requires_grad for fake, own in zip(fakes, made, strict=True))
        assert all(p.grad is None for n, net in networks.items() if n.startswith("disc") for p in net.parameters())
        return judge(a, b, *fakes)

    monkeypatch.setattr(method, "generator_losses", watch_generators)
    monkeypatch.setattr(method, "discriminator_losses", watch_discriminators)
    losses = step(0)
    assert events == ["generator", "discriminator"] and len(made) == 2
    assert all(torch.isfinite(value) for value in losses.values())
    for name, network in networks.items():
        assert any(not torch.equal(x, y) for x, y in zip(start[name], network.parameters(), strict=True)), name


@pytest.mark.parametrize("shared", [True, False])
def test_killed_run_continues_bit_for_bit(views, tmp_path, shared):
    check_killed_training(lambda seed: build(seed, iterations=4, shared=shared), views, tmp_path)


def test_export_holds_the_upright_generator_alone(tmp_path):
    method, other = build(0, shared=False), build(1, shared=False)
    method.export(tmp_path / "weights.safetensors")
    image = torch.rand(1, 3, 32, 32)
    assert not torch.equal(method.translate(of(image)), other.translate(of(image)))
    assert torch.equal(other.load(tmp_path / "weights.safetensors").translate(of(image)), method.translate(of(image)))
    assert set(method.inference_networks()) == {"generator"}


def test_crop_larger_than_the_images_names_key_and_cure(views):
    with pytest.raises(InputError, match=r"crop of GcGAN.*Set it to 40"):
        build(crop=64).training_step(*views, seed=0, device="cpu")
