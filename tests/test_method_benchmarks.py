"""The benchmark's rows of methods: one for each, plain forms with the same losses and no fewer passes, and shares."""

from collections import Counter

import pandas as pd
import pytest
import torch
from tiny_methods import SECTIONS, build, instance

from baselines import METHODS
from benchmarks.iteration import Shapes, iteration, mapped_views
from benchmarks.methods import PLAIN, method_rows, plainly
from benchmarks.shares import profiled
from dakpn.tables.benchmark import readable
from dakpn.translation.instances import Preset

CPU = torch.device("cpu")
SIDE = 44
TINY = {name: {"batch": 1, "crop": SIDE} for name in PLAIN} | {
    # Its last iteration is in the second stage and learns curves.
    "mct": {"batch": 1, "crop": SIDE, "iterations": 6}
}


def images(seed: int) -> torch.Tensor:
    return torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_every_method_with_an_official_code_has_two_rows():
    learning = {
        name
        for name, method in METHODS.items()
        if not isinstance(method, Preset) and method.trained and method.optimised
    }
    assert set(PLAIN) == learning - {"dakpn", "folder"} | {"fastcut"}
    sections = {name: SECTIONS.get(name, SECTIONS["cut"]) | TINY[name] for name in PLAIN}
    rows = list(method_rows(SIDE, sections=sections, repeats=1, device=CPU))
    assert [row.part for row in rows] == ["training iteration", "translation"] * len(PLAIN)
    for name, row, translation in zip(PLAIN, rows[::2], rows[1::2], strict=True):
        assert row.name.startswith(f"{instance(name).label}, {SIDE}x{SIDE}") and row.ratio > 0
        assert row.generator > 0 and row.discriminator > 0 and row.generator + row.discriminator < 100
        assert translation.value > 0 and translation.ratio is None


@pytest.fixture(scope="module")
def views():
    with mapped_views(Shapes(image=(SIDE, SIDE), low=(24, 24), images=4)) as found:
        yield found


def convolutions(step, method) -> Counter:
    step()
    torch.manual_seed(0)
    found, _ = profiled(step, method.networks(), CPU)
    return Counter((event.name, part) for event, part in found if event.name.startswith("aten::convolution"))


@pytest.mark.parametrize("name", ["drit", "srunit", "cyclegan", "vsait"])
def test_the_plain_iteration_has_as_many_passes_or_more(name, views):
    ours, other = (build(name, **TINY[name]) for _ in range(2))
    few = convolutions(iteration(ours, views, CPU), ours)
    many = convolutions(plainly(name, lambda: iteration(other, views, CPU)), other)
    assert all(many[key] >= few[key] for key in few)
    assert (many == few) == (name == "cyclegan")


def test_plain_contrasts_are_ours():
    for name in ("cut", "fastcut", "srunit"):
        method = build(name, **TINY[name])
        found = []
        for passes in (method.passes, PLAIN[name][2].__get__(method)):
            torch.manual_seed(3)
            found.append(method.generator_losses(passes(images(0), images(1)), 1))
        torch.testing.assert_close(*found)


def test_plain_losses_of_vsait_and_drit_are_ours():
    method = build("vsait", **TINY["vsait"])
    method.prepare(seed=0, device=CPU)
    v_x = method.hypervectors(images(0))
    torch.testing.assert_close(PLAIN["vsait"][2](method, images(0), v_x), method.generator_losses(images(0), v_x))

    method, real = build("drit", **TINY["drit"]), {"source": images(0), "target": images(1)}
    torch.manual_seed(0)
    made = method.disentangled.translations(real, 1)
    torch.manual_seed(0)
    # The same draws, so its second forward pass makes the same.
    torch.testing.assert_close(PLAIN["drit"][2](method, real, made), method.generator_losses(real, made))


def test_backward_operations_belong_to_the_network_whose_forward_pass_made_them():
    method = build("cyclegan", **TINY["cyclegan"])

    def step():
        losses, *fakes = method.generator_losses(images(0), images(1))
        losses["generator"].backward()
        sum(method.discriminator_losses(images(0), images(1), *(fake.detach() for fake in fakes)).values()).backward()

    found, seconds = profiled(step, method.networks(), CPU)
    assert seconds > 0
    counted = Counter((event.name, part) for event, part in found)
    # Six passes of generators with 8 convolutions each, six of discriminators with 5.
    for name in ("aten::convolution", "aten::convolution_backward"):
        assert {part: counted[name, part] for part in ("generator", "discriminator", "rest")} == {
            "generator": 48,
            "discriminator": 30,
            "rest": 0,
        }


def test_shares_are_shown_beside_the_time():
    rows = pd.DataFrame({"part": ["p"] * 2, "name": ["a", "b"], "value": 2.0, "low": 1.0, "high": 3.0, "unit": "s"})
    rows = rows.assign(repeats=3, literal=None, literal_low=None, literal_high=None, ratio=None, ratio_low=None)
    rows = rows.assign(
        ratio_high=None, device="Some CPU", threads=1, generator=[71.2, None], discriminator=[20.0, None]
    )
    shown = readable(rows)["Ours"].tolist()
    assert shown == ["2 s (1 to 3); generators 71 %, discriminators 20 %, rest 9 %", "2 s (1 to 3)"]
