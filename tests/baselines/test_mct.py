"""MCT: published sizes, literal losses of both stages, what each kind of step moves, and continued runs."""

import pytest
import torch
from killed_training import check_killed_training
from pydantic import ValidationError
from tiny_methods import of

from baselines.mct import MCT

TINY = {
    "iterations": 6,
    "batch": 2,
    "crop": 40,
    "input_size": 32,
    "width": 4,
    "blocks": 1,
    "discriminator_width": 4,
    "discriminator_steps": 1,
    "pool": 3,
}
"""The second stage begins at iteration 4 and learns curves from 5 on."""
TASK = {"image_size": (40, 48), "low_size": (20, 24), "num_classes": 19}


def build(seed: int = 0, **changes) -> MCT:
    torch.manual_seed(seed)
    return MCT(MCT.Config(**(TINY | changes)), **TASK)


def double(tuning: bool, **changes) -> MCT:
    method = build(**changes)
    for network in method.networks().values():
        network.double()
    method.tuning = tuning
    return method


def images(count: int, side: int = 32) -> torch.Tensor:
    return torch.rand(count, 2, 3, side, side, dtype=torch.float64) * 2 - 1


def parts(method: MCT) -> dict[str, list[torch.Tensor]]:
    """Copies of the parameters of everything that is updated together."""
    networks = {
        "base": [method.generator.base],
        "base back": [method.generator_back.base],
        "curves": [method.generator.curves],
        "curves back": [method.generator_back.curves],
        "target": [method.discriminator_target],
        "source": [method.discriminator_source],
    }
    return {name: [p.clone() for net in own for p in net.parameters()] for name, own in networks.items()}


def moved(before: dict[str, list[torch.Tensor]], after: dict[str, list[torch.Tensor]]) -> set[str]:
    return {
        name for name in before if any(not torch.equal(x, y) for x, y in zip(before[name], after[name], strict=True))
    }


def test_parameter_counts_are_the_published_ones():
    with torch.device("meta"):
        method = MCT(MCT.Config(), **TASK)
    # Two generators of 11,493,579 and two discriminators of 2,764,737.
    assert method.parameter_counts() == {"trainable": 28_516_632, "training": 28_516_632, "inference": 11_493_579}


def test_weights_start_with_a_deviation_of_two_hundredths_and_no_bias():
    method = build(width=16, discriminator_width=16)
    for network in [*method.networks().values(), method.generator.curves, method.generator_back.curves]:
        weights = torch.cat([p.flatten() for p in network.parameters() if p.ndim == 4])
        assert weights.std().item() == pytest.approx(0.02, rel=0.03)
        assert all(p.abs().max() == 0 for p in network.parameters() if p.ndim == 1)


@pytest.mark.parametrize("size", [(32, 48), (33, 50), (35, 47), (24, 101)])
def test_translation_has_the_size_and_range_of_its_input_and_no_jitter(size):
    method, image = build(), torch.rand(2, 3, *size)
    out = method.translate(of(image))
    assert out.shape == image.shape and not out.requires_grad
    assert out.min() >= 0 and out.max() <= 1
    assert torch.equal(out, method.translate(of(image)))


def test_losses_of_the_first_stage_are_cyclegans_on_the_base():
    method, (a, b) = double(tuning=False), images(2)
    losses, fake_b, fake_a = method.generator_losses(a, b)
    g, f = method.generator.base, method.generator_back.base
    torch.testing.assert_close((fake_b, fake_a), (g(a), f(b)))
    expected = literal(method, a, b, g(a), f(b), f(g(a)), g(f(b)), g(b), f(a))
    expected["generator"] = weighted(expected, base=0)
    assert losses.pop("base_source") == losses.pop("base_target") == 0
    check(losses, expected, method)


def literal(method, a, b, fake_b, fake_a, again_a, again_b, same_b, same_a):
    """CycleGAN's named losses of given images."""
    return {
        "adversarial_target": ((method.discriminator_target(fake_b) - 1) ** 2).mean(),
        "adversarial_source": ((method.discriminator_source(fake_a) - 1) ** 2).mean(),
        "cycle_source": (again_a - a).abs().sum() / a.numel(),
        "cycle_target": (again_b - b).abs().sum() / b.numel(),
        "identity_target": (same_b - b).abs().sum() / b.numel(),
        "identity_source": (same_a - a).abs().sum() / a.numel(),
    }


def weighted(losses, base):
    weights = {"adversarial": 1, "cycle": 10, "identity": 5, "base": base}
    return sum(weights[name.split("_")[0]] * loss for name, loss in losses.items())


def check(losses, expected, method):
    parameters = [p for net in (method.generator, method.generator_back) for p in net.parameters()]
    assert set(losses) == set(expected)
    for name in expected:
        torch.testing.assert_close(losses[name], expected[name])
        found, known = (
            torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True, materialize_grads=True)
            for loss in (losses[name], expected[name])
        )
        torch.testing.assert_close(found, known, rtol=1e-7, atol=1e-12, msg=name)


@pytest.mark.parametrize("side", [32, 40])
def test_losses_of_the_second_stage_are_those_of_curves_and_of_the_base_they_start_from(side):
    method, (a, b) = double(tuning=True), images(2, side)
    g, f = method.generator, method.generator_back
    torch.manual_seed(1)
    losses, fake_b, fake_a = method.generator_losses(a, b)
    torch.manual_seed(1)
    (y_b, _), (y_a, _) = g.both(a, jitter=True), f.both(b, jitter=True)
    torch.testing.assert_close((fake_b, fake_a), (y_b, y_a))
    (again_a, base_a), (again_b, base_b) = f.both(y_b, jitter=True), g.both(y_a, jitter=True)
    (same_b, _), (same_a, _) = g.both(b, jitter=True), f.both(a, jitter=True)
    expected = literal(method, a, b, y_b, y_a, again_a, again_b, same_b, same_a)
    rows = [i * side // 32 for i in range(32)]
    low_a, low_b = (x[..., rows, :][..., rows] for x in (a, b))
    torch.testing.assert_close(base_a, f.base(y_b[..., rows, :][..., rows]))
    expected["base_source"] = (base_a - low_a).abs().sum() / low_a.numel()
    expected["base_target"] = (base_b - low_b).abs().sum() / low_b.numel()
    expected["generator"] = weighted(expected, base=1)
    check(losses, expected, method)


def test_gradients_reach_both_generators_through_curves_and_the_base_alone_through_its_loss():
    method, (a, b) = double(tuning=True), images(2)
    losses, _, _ = method.generator_losses(a, b)

    def reached(name, network):
        gradients = torch.autograd.grad(losses[name], list(network.parameters()), retain_graph=True, allow_unused=True)
        return any(g is not None and g.abs().max() > 0 for g in gradients)

    first, second = method.generator, method.generator_back
    for name, nets in {
        "cycle_source": (first.base, first.curves, second.base, second.curves),
        "base_source": (first.base, first.curves, second.base),
        "base_target": (second.base, second.curves, first.base),
        "adversarial_target": (first.base, first.curves),
    }.items():
        everything = (first.base, first.curves, second.base, second.curves)
        assert [net for net in everything if reached(name, net)] == [net for net in everything if net in nets], name


def test_discriminator_losses_are_the_literal_ones():
    method, (a, b, fake_b, fake_a) = double(tuning=True), images(4)
    target, source = method.discriminator_target, method.discriminator_source
    expected = {
        "discriminator_target": 0.5 * ((target(b) - 1) ** 2).mean() + 0.5 * (target(fake_b) ** 2).mean(),
        "discriminator_source": 0.5 * ((source(a) - 1) ** 2).mean() + 0.5 * (source(fake_a) ** 2).mean(),
    }
    torch.testing.assert_close(method.discriminator_losses(a, b, fake_b, fake_a), expected)


def test_every_kind_of_step_moves_what_it_should(views):
    method = build()
    step, _ = method.training_step(*views, seed=0, device="cpu")
    judges, bases, curves = {"target", "source"}, {"base", "base back"}, {"curves", "curves back"}
    for i, expected in ((3, judges | bases), (4, judges), (5, judges | bases | curves)):
        before = parts(method)
        losses = step(i)
        assert moved(before, parts(method)) == expected, i
        assert all(torch.isfinite(value) for value in losses.values())
        assert bool(losses["base_source"]) == (i >= 4)


def test_second_stage_takes_over_weights_only(views):
    method = build()
    step, state = method.training_step(*views, seed=0, device="cpu")
    sides = []
    method.discriminator_target.register_forward_pre_hook(lambda _, images: sides.append(images[0].shape[-1]))
    for i in range(6):
        step(i)
    # The discriminators see low-resolution images in the first stage and full ones later: fakes, real ones, old fakes.
    assert sides == [32] * 12 + [40] * 6
    steps = {key: {int(s["step"]) for s in state[key].state.values()} for key in ("optimiser_g", "optimiser_d")}
    assert steps == {"optimiser_g": {1}, "optimiser_d": {2}}
    assert len(state["optimiser_g"].state) == len([*method.generator.parameters()]) * 2
    assert all(image.shape[-1] == 40 for image in state["pool_first"].state_dict()["images"])


def test_learning_rate_falls_in_the_second_half_of_either_stage(views):
    step, state = build().training_step(*views, seed=0, device="cpu")
    rates = []
    for i in range(6):
        rates.append(state["optimiser_d"].param_groups[0]["lr"])
        step(i)
    assert rates == pytest.approx([2e-4 * factor for factor in (1, 1, 2 / 3, 1 / 3, 1, 1 / 2)])


def test_discriminator_steps_that_leave_nothing_are_refused():
    assert MCT.Config(iterations=603, discriminator_steps=200).start == 402
    with pytest.raises(ValidationError, match="none of the 200 iterations.*Set it to 199 or less"):
        MCT.Config(iterations=600, discriminator_steps=200)


@pytest.mark.parametrize("base_share", [0, 0.25, 0.5])
def test_killed_run_continues_bit_for_bit(views, tmp_path, base_share):
    check_killed_training(lambda seed: build(seed, iterations=4, base_share=base_share), views, tmp_path)


def test_export_holds_the_generator_alone(tmp_path):
    method, other = build(0), build(1)
    method.export(tmp_path / "weights.safetensors")
    image = torch.rand(1, 3, 32, 32)
    assert not torch.equal(method.translate(of(image)), other.translate(of(image)))
    assert torch.equal(other.load(tmp_path / "weights.safetensors").translate(of(image)), method.translate(of(image)))
    assert set(method.inference_networks()) == {"generator"}
