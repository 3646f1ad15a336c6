"""Measurements as rows: one thing alone, or ours beside the literal form, in turns."""

import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import torch

from dakpn.efficiency.timing import timed
from dakpn.files import atomic_path
from dakpn.tables.benchmark import readable
from dakpn.training.device import device_name

Call = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One line of the benchmark.

    value: median of ours in `unit`, between low and high, the smallest and the largest of `repeats` measurements.
    literal: the same of the literal form, None where there is none. ratio: how many times ours is faster, the median
    over pairs measured one after the other, between ratio_low and ratio_high. generator, discriminator: percentages of
    ours that networks of either kind take.
    """

    part: str
    name: str
    value: float
    low: float
    high: float
    unit: str = "s"
    repeats: int = 1
    literal: float | None = None
    literal_low: float | None = None
    literal_high: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    generator: float | None = None
    discriminator: float | None = None


def keep(rows: Sequence[Row], device: torch.device, folder: str | Path | None) -> None:
    """Print the rows as one table. In the file of `folder` that is named by the device they replace rows of the same
    part and name; others stay."""
    name = device_name(device)
    table = pd.DataFrame([asdict(row) for row in rows]).assign(device=name, threads=torch.get_num_threads())
    print(readable(table).to_markdown(index=False))
    if folder:
        path = Path(folder, re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".csv")
        if path.exists():
            earlier = pd.read_csv(path)
            table = pd.concat([earlier, table]).drop_duplicates(["part", "name"], keep="last")
        with atomic_path(path) as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")


def seconds(call: Call, *, repeats: int, device: torch.device) -> list[float]:
    """Seconds of `repeats` calls after one untimed call."""
    call()
    return [timed(call, device) for _ in range(repeats)]


def alone(part: str, name: str, values: list[float], unit: str = "s") -> Row:
    """A row without a literal side."""
    return Row(part, name, statistics.median(values), min(values), max(values), unit, len(values))


def beside_literal(
    part: str, literal: Call, ours: Mapping[str, Call], *, repeats: int, device: torch.device
) -> list[Row]:
    """One row per entry of `ours`, {name: call}.

    All calls take turns, so that a machine that slows down slows all of them. The first turn warms up and is not
    counted; the literal form, whose calls are long, is left out of it.
    """
    for call in ours.values():
        call()
    slow: list[float] = []
    fast: dict[str, list[float]] = {name: [] for name in ours}
    for _ in range(repeats):
        slow.append(timed(literal, device))
        for name, call in ours.items():
            fast[name].append(timed(call, device))
    rows = []
    for name, values in fast.items():
        ratios = [one / other for one, other in zip(slow, values, strict=True)]
        rows.append(
            Row(
                part,
                name,
                statistics.median(values),
                min(values),
                max(values),
                repeats=repeats,
                literal=statistics.median(slow),
                literal_low=min(slow),
                literal_high=max(slow),
                ratio=statistics.median(ratios),
                ratio_low=min(ratios),
                ratio_high=max(ratios),
            )
        )
    return rows
