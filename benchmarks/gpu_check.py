"""`make gpu-check`: what nobody can know without a GPU, on one, in ten minutes; a verdict for every item.

Needs Python 3.12, torch 2.11 and the other libraries of pyproject.toml but Snakemake. `--small` goes through the same
code on tiny shapes, on a CPU too.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks.comparison import Row, alone, keep, seconds
from benchmarks.forms import forms, graph
from benchmarks.iteration import (
    OFFLINE,
    PAPER,
    ArrayView,
    Shapes,
    computing_methods,
    mapped_views,
    section_of,
    untrained,
)
from dakpn.efficiency.computation import parameter_rows
from dakpn.efficiency.timing import peak_memory
from dakpn.segmentation.registry import resolve as resolve_network
from dakpn.training.device import choose_device, device_name
from dakpn.training.loop import Run, train
from dakpn.translation.batch import Batch

ROOT = Path(__file__).parents[1]
GOALS = {"translation": 0.005, "iteration": 0.012}
"""Seconds on an H100 or H200, for one 720x1280 image and for a batch of eight; the paper's A5000 took 0.52 and 1.42."""
WAITING = 0.05
"""Share of an iteration that may pass waiting for data."""
SMALL = Shapes(
    2, 2, (64, 128), (32, 64), 4, resolve_network({"network": "small", "width": 4, "iterations": 1}), width=4
)


@dataclass
class Check:
    """One run of all items. methods: of Table 2, with their sections; rows and verdicts are what it found."""

    device: torch.device
    shapes: Shapes = PAPER
    methods: dict[str, dict[str, Any]] = field(default_factory=dict)
    repeats: int = 10
    rows: list[Row] = field(default_factory=list)
    verdicts: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def gpu(self) -> bool:
        return self.device.type == "cuda"

    def timed(self, part: str, name: str, call: Callable[[], object]) -> Row:
        """A new row of the seconds of a call."""
        self.rows.append(alone(part, name, seconds(call, repeats=self.repeats, device=self.device)))
        return self.rows[-1]

    def reached(self, goal: str, value: float) -> bool | None:
        """Whether a goal was reached, None on a device that it does not speak of."""
        known = self.gpu and any(card in device_name(self.device) for card in ("H100", "H200"))
        return value <= GOALS[goal] if known and self.shapes is PAPER else None


def facts(check: Check) -> tuple[bool | None, str]:
    """Device, versions, and the speeds that bound everything else."""
    side, name = (8192, 2**28) if check.gpu else (256, 2**20), device_name(check.device)
    for dtype in (torch.float32, torch.bfloat16):
        matrix = torch.ones(side[0], side[0], device=check.device, dtype=dtype)
        values = seconds(partial(torch.matmul, matrix, matrix), repeats=check.repeats, device=check.device)
        speeds = [2 * side[0] ** 3 / value / 1e12 for value in values]
        check.rows.append(alone("device", f"matrix product, {str(dtype)[6:]}", speeds, "TFLOP/s"))
    source = torch.ones(side[1], device=check.device)
    values = seconds(partial(source.clone().copy_, source), repeats=check.repeats, device=check.device)
    check.rows.append(alone("device", "copy within its memory", [8 * side[1] / v / 1e9 for v in values], "GB/s"))
    if not check.gpu:
        return None, f"{name}: no GPU; torch {torch.__version__}"
    about = torch.cuda.get_device_properties(check.device)
    memory, capability = about.total_memory / 2**30, f"{about.major}.{about.minor}"
    return True, f"{name}, {memory:.0f} GiB, capability {capability}; torch {torch.__version__}"


def tests(check: Check) -> tuple[bool | None, str]:
    """All tests that need a GPU, and no other file, because others need Snakemake."""
    files = [str(path) for path in sorted(ROOT.glob("tests/**/test_*.py")) if "mark.gpu" in path.read_text()]
    if not check.gpu:
        return None, f"{len(files)} files of tests need a GPU"
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", *files]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if ended.returncode:
        print(ended.stdout)
    return ended.returncode == 0, ended.stdout.strip().splitlines()[-1].strip("= ")


def table2(check: Check) -> tuple[bool, str]:
    """Parameters, an iteration and its memory, and a translated image, of every method at the paper's settings."""
    failed = []
    with mapped_views(check.shapes._replace(images=8)) as views:
        for name, section in check.methods.items():
            try:
                _of_method(check, name, section, views)
            except Exception as error:
                failed.append(f"; {name}: {type(error).__name__}: {error}")
    return not failed, f"{len(check.methods) - len(failed)} of {len(check.methods)} methods{''.join(failed)}"


def _of_method(check: Check, name: str, section: dict[str, Any], views: tuple[ArrayView, ArrayView]) -> None:
    paper = computing_methods()[name]
    translator = untrained(name, section, check.shapes.encoder, views, check.device)
    batch, size = _image(views, check.device), "x".join(map(str, check.shapes.image))
    part, label = "Table 2", paper.label
    for row in parameter_rows(paper.translator, paper.translator.Config(**paper.settings)):
        kind = row["metric"].removeprefix("params_")
        check.rows.append(alone(part, f"{label}, parameters, {kind}", [row["value"]], "million"))
    if paper.optimised:
        if check.gpu:
            torch.cuda.reset_peak_memory_stats(check.device)
        step, _ = translator.training_step(*views, seed=0, device=check.device)
        images = f"{translator.config.batch} of {size}"
        check.timed(part, f"{label}, iteration, {images}", partial(step, translator.config.iterations - 1))
        check.rows.append(alone(part, f"{label}, memory, {images}", [peak_memory(check.device)], "MiB"))
    with torch.no_grad():
        check.timed(part, f"{label}, one {size} image", partial(translator.translate, batch))


def _image(views: tuple[ArrayView, ArrayView], device: torch.device) -> Batch:
    full, low = (torch.zeros(1, 3, *part.shape[1:3], device=device) for part in (views[0].images, views[0].low))
    return Batch(("random",), full, low)


def translation(check: Check) -> tuple[bool | None, str]:
    """Encoder and T for one image, call by call and as a CUDA graph."""
    with mapped_views(check.shapes) as views:
        translator = untrained("dakpn-s", section_of(check.shapes), check.shapes.encoder, views, check.device)
        call, name = partial(translator.translate, _image(views, check.device)), "DA-KPN-S, encoder and T, one image"
        found = [check.timed("translation", name, call)]
        if check.gpu:
            found.append(check.timed("translation", f"{name}, CUDA graph", graph(call).replay))
    said = ", ".join(f"{1000 * row.value:.2f} ms" for row in found)
    return check.reached("translation", found[0].value), f"{said} (goal 5 ms on an H100; the paper's A5000: 520 ms)"


def iteration(check: Check) -> tuple[bool | None, str]:
    """One iteration of DA-KPN in several forms, and the share of it that waits for data."""
    with mapped_views(check.shapes) as views:
        iterations = forms(check.shapes, views, check.device)
        found = {name: check.timed("training iteration", name, call) for name, call in iterations}
    with_data, without = (found[f"DA-KPN, float32{rest}"] for rest in ("", ", a batch that lies there"))
    waited = max(0.0, 1 - without.value / with_data.value)
    check.rows.append(alone("data", "DA-KPN, waiting for data", [100 * waited], "% of the iteration"))
    shown = "; ".join(f"{name.removeprefix('DA-KPN, ')} {1000 * row.value:.1f} ms" for name, row in found.items())
    passed = check.reached("iteration", with_data.value)
    if check.gpu and waited > WAITING:
        passed = False
    return passed, f"{shown}; {100 * waited:.1f} % waits for data (goal 12 ms on an H100; the paper's A5000: 1420 ms)"


def resumed(check: Check) -> tuple[bool, str]:
    """A training that is killed in the middle and continued, beside one that is left alone."""
    count = 4
    with mapped_views(check.shapes._replace(images=8)) as views, TemporaryDirectory() as folder:
        run = Run(Path(folder, "rolling.pt"), log_every=1, checkpoint_seconds=0)

        def trained(run: Run, killed: bool = False) -> tuple[torch.Tensor, list[dict[str, float]]]:
            translator = untrained("dakpn-s", section_of(check.shapes), check.shapes.encoder, views, check.device)
            step, state = translator.training_step(*views, seed=0, device=check.device)

            def dying(i: int) -> Any:
                if killed and i == count // 2:
                    raise KeyboardInterrupt
                return step(i)

            history = train(dying, state, iterations=count, seed=0, run=run)
            return translator.kpn.predict.weight.detach(), history

        alone_weights, alone_history = trained(Run(log_every=1))
        try:
            trained(run, killed=True)
        except KeyboardInterrupt:
            weights, history = trained(run)
        # They start at zero, so their length is what training changed; a GPU adds in any order.
        share = float((weights - alone_weights).norm() / alone_weights.norm())
    passed = share < 0.01 and [row["step"] for row in history] == [row["step"] for row in alone_history]
    return passed, f"continued after {count // 2} of {count} iterations; weights differ by {share:.1e} of their change"


ITEMS = {
    "device": facts,
    "gpu tests": tests,
    "translation": translation,
    "iteration": iteration,
    "killed and resumed": resumed,
    "Table 2": table2,
}


def main(arguments: list[str] | None = None) -> int:
    """Run all items, print rows and verdicts; the number of items that failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu_check", description=__doc__)
    parser.add_argument("--small", action="store_true", help="tiny shapes and two methods")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--minutes", type=float, default=10, help="items that would begin later are left out")
    parser.add_argument("--save", metavar="FOLDER", help="write the rows to FOLDER as a file named by the device")
    chosen = parser.parse_args(arguments)
    # As a run's jobs do.
    torch.backends.cudnn.deterministic = True
    check = Check(choose_device(chosen.device), methods={name: OFFLINE.get(name, {}) for name in computing_methods()})
    if chosen.small:
        methods = {"cyclegan": {"crop": 32, "width": 16, "blocks": 3, "discriminator_width": 16}, "dakpn-s": {}}
        check.shapes, check.repeats, check.methods = SMALL, 1, methods
        check.methods["dakpn-s"] = section_of(check.shapes)
    end = time.monotonic() + 60 * chosen.minutes
    for name, item in ITEMS.items():
        passed, said = None, "left out: the time was over"
        if time.monotonic() < end:
            try:
                passed, said = item(check)
            except Exception as error:
                passed, said = False, f"{type(error).__name__}: {error}"
        check.verdicts.append((name, {True: "pass", False: "FAIL", None: "-"}[passed], said))
        print(f"{name}: {said}", flush=True)
    keep(check.rows, check.device, chosen.save)
    print("\n".join(f"{verdict:5}{name}: {said}" for name, verdict, said in check.verdicts))
    return sum(verdict == "FAIL" for _, verdict, _ in check.verdicts)


if __name__ == "__main__":
    sys.exit(main())
