"""SRUNIT: CUT's losses, the robustness loss term by term, its warm-up, and a run that is killed and continued."""

import pytest
import torch
from killed_training import check_killed_training
from test_cut import lively, pair
from tiny_methods import SECTIONS, instance

from baselines.cut import CUT
from baselines.srunit import SRUNIT
from dakpn.errors import InputError

TINY = {**SECTIONS["srunit"], "batch": 1, "iterations": 4}
TASK = {"image_size": (40, 48), "low_size": (20, 24), "num_classes": 19}
BEGUN = 1
"""The first iteration of 4 after the warm-up."""


def build(seed: int = 0, method=SRUNIT, **changes):
    torch.manual_seed(seed)
    return method(method.Config(**(TINY | changes)), **TASK)


def test_parameter_counts_are_those_of_cut():
    with torch.device("meta"):
        counts = SRUNIT(SRUNIT.Config(), **TASK).parameter_counts()
    assert counts == {"trainable": 14_703_300, "training": 14_703_300, "inference": 11_378_179}


@pytest.mark.parametrize("changes, i", [({"robustness_weight": 0}, BEGUN), ({}, 0)], ids=["weight 0", "warm-up"])
def test_without_the_robustness_loss_it_is_cut(changes, i):
    (a, b), losses, method, plain = pair(), [], lively(build(**changes)), build(method=CUT)
    for name, network in plain.networks().items():
        network.double().load_state_dict(method.networks()[name].state_dict())
    for each in (method, plain):
        passed = each.passes(a, b)
        torch.manual_seed(7)
        losses.append({name: loss.item() for name, loss in each.generator_losses(passed, i).items()})
    assert losses[0].pop("robustness", 0) == 0
    assert losses[0] == losses[1]


@pytest.mark.parametrize("added", ["largest", "drawn"])
@pytest.mark.parametrize("tap", [0, 4, 8, 12])
def test_robustness_loss_is_the_published_one(tap, added):
    method, (a, b) = lively(build(taps=[tap], batch=2, noise=0.5, noise_added=added)), pair(2)
    passed = method.passes(a, b)
    torch.manual_seed(7)
    found = method.robustness(passed)

    generator, head = method.generator, method.heads[0]
    (h,) = generator.features(a, [tap])
    torch.manual_seed(7)
    torch.randint(1, ())
    u = torch.randn(h.shape, dtype=torch.float64)
    u = u / (u**2).sum(1, keepdim=True).sqrt()
    m = 1e-7 + (0.5 - 1e-7) * torch.rand(2, 1, *h.shape[2:], dtype=torch.float64)
    (q,) = generator.features(generator.resume(h + u * (0.5 if added == "largest" else m), tap), [tap])
    places = torch.randperm(h[0, 0].numel())[:16]
    expected = 0
    for image in range(2):
        for place in places.tolist():
            row, column = divmod(place, h.shape[3])
            difference = head(q, torch.tensor([place]))[image, 0] - head(h, torch.tensor([place]))[image, 0]
            expected += ((difference**2).sum() + 1e-12).sqrt() / m[image, 0, row, column] / 32
    assert found.item() == pytest.approx(expected.item(), rel=1e-9)


def test_robustness_is_divided_by_the_number_of_taps_and_one_tap_is_drawn():
    method, (a, b) = lively(build()), pair()
    passed = method.passes(a, b)
    each = []
    for seed in range(12):
        torch.manual_seed(seed)
        place = int(torch.randint(4, ()))
        torch.manual_seed(seed)
        found = method.robustness(passed)
        single = lively(build(taps=[TINY["taps"][place]]))
        for name in ("generator", "discriminator"):
            single.networks()[name].load_state_dict(method.networks()[name].state_dict())
        single.heads[0].load_state_dict(method.heads[place].state_dict())
        torch.manual_seed(seed)
        expected = single.robustness(passed._replace(features=[passed.features[place]])) / 4
        assert found.item() == pytest.approx(expected.item())
        each.append(place)
    assert set(each) == {0, 1, 2, 3}


def test_weighted_robustness_is_part_of_the_generator_loss():
    method, (a, b) = lively(build(robustness_weight=0.3)), pair()
    passed = method.passes(a, b)
    losses = method.generator_losses(passed, BEGUN)
    expected = losses["adversarial"] + (losses["nce"] + losses["nce_identity"]) / 2 + 0.3 * losses["robustness"]
    assert losses["robustness"] > 0 and losses["generator"].item() == pytest.approx(expected.item())


def test_gradient_is_the_slope_so_nothing_is_detached():
    method, (a, b) = lively(build(taps=[8], noise=0.5)), pair()

    def robustness():
        torch.manual_seed(7)
        return method.robustness(method.passes(a, b))

    for network in (method.generator, method.heads):
        parameters = list(network.parameters())
        gradient = torch.autograd.grad(robustness(), parameters)
        steps = [1e-7 * torch.randn_like(p) for p in parameters]
        values = []
        for sign in (1, -2):
            for parameter, step in zip(parameters, steps, strict=True):
                parameter.data += sign * step
            values.append(robustness().item())
        slope = sum((g * step).sum().item() for g, step in zip(gradient, steps, strict=True))
        assert (values[0] - values[1]) / 2 == pytest.approx(slope, rel=1e-3)


def changed(method, step, i):
    before = {name: [p.clone() for p in net.parameters()] for name, net in method.networks().items()}
    losses = step(i)
    assert all(torch.isfinite(value) for value in losses.values())
    pairs = {name: zip(before[name], net.parameters(), strict=True) for name, net in method.networks().items()}
    return {name for name in pairs if any(not torch.equal(x, y) for x, y in pairs[name])}, losses


@pytest.mark.parametrize(
    "changes, in_warm_up",
    [
        ({}, {"generator", "discriminator", "heads"}),
        ({"warm_up_updates": "discriminator"}, {"discriminator"}),
        ({"warm_up_updates": "discriminator", "robustness_weight": 0}, {"generator", "discriminator", "heads"}),
    ],
    ids=["paper", "released", "released, weight 0"],
)
def test_warm_up_updates_what_it_says_for_a_quarter(views, changes, in_warm_up):
    method = build(**changes)
    step, _ = method.training_step(*views, seed=0, device="cpu")
    found, losses = changed(method, step, 0)
    assert found == in_warm_up and losses.get("robustness", 0) == 0
    found, losses = changed(method, step, BEGUN)
    assert found == {"generator", "discriminator", "heads"}
    assert method.config.robustness_weight == 0 or losses["robustness"] > 0


@pytest.mark.parametrize("warm_up, expected", [(0, [False] * 4), (0.25, [True, False, False, False]), (1, [True] * 4)])
def test_warm_up_is_a_share_of_the_iterations(warm_up, expected):
    method = build(warm_up=warm_up)
    assert [method.warming_up(i) for i in range(4)] == expected


def test_flipping_is_refused():
    with pytest.raises(InputError, match=r"methods\.srunit\.flip_equivariance"):
        instance("srunit", flip_equivariance=True)


@pytest.mark.parametrize("updates", ["all", "discriminator"])
def test_killed_run_continues_bit_for_bit(views, tmp_path, updates):
    changes = {"batch": 2, "warm_up": 0.75, "warm_up_updates": updates}
    check_killed_training(lambda seed: build(seed, **changes), views, tmp_path)
