"""Typed checks that find statements of the paper that disagree with each other.

A check holds facts (numbers and marks of paper/table*.csv, statements of paper/claims.yaml) and a rule, not its
outcome. `issues(paper)` yields one sentence per disagreement. paper: the printed values from `dakpn.paper.load_paper`.
"""

import math
from collections.abc import Iterator
from itertools import product
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from dakpn.config.models import Section

Number = Literal[1, 2, 3, 4, 5, 6]
Value = int | float | str


class Printed(Section):
    """One number of the paper's tables."""

    table: Number
    row: str
    metric: str
    at: str

    def value(self, paper: pd.DataFrame) -> tuple[float, str] | None:
        """(value, digits as printed), or None where the paper does not print it."""
        where = dict(table=self.table, method=self.row, metric=self.metric, resolution=self.at)
        result = paper[(paper[list(where)] == list(where.values())).all(axis=1)]
        return None if result.empty else (float(result["value"].iloc[0]), result["shown"].iloc[0])

    def __str__(self) -> str:
        return " ".join(filter(None, [f"Table {self.table}:", self.row, self.metric, self.at]))


class _Check(Section):
    id: str = Field(pattern=r"^[a-z0-9-]+$", description="name, unique in the file")
    about: str = Field(min_length=1, description="what should hold")


class Underline(_Check):
    """Underlined values have rank `rank` in their column, `excluding` apart."""

    kind: Literal["underline"]
    tables: tuple[Number, ...]
    rank: int = Field(ge=1)
    excluding: tuple[str, ...] = ()

    def issues(self, paper: pd.DataFrame) -> Iterator[str]:
        rows = paper[paper["table"].isin(self.tables) & ~paper["method"].isin(self.excluding)]
        for (table, at, metric), column in rows.groupby(["table", "resolution", "metric"], sort=False):
            ranks = column["value"].rank(ascending=False, method="min")
            marked = column["marks"].str.contains("underline")
            for line in column[marked & (ranks != self.rank)].itertuples():
                place = Printed(table=table, row=line.method, metric=metric, at=at)
                yield f"{place} {line.shown} is underlined and number {ranks[line.Index]:.0f} of its column"


class Origin(_Check):
    """Rows of one table come from `allowed` origins (column `retrained` of the paper's files)."""

    kind: Literal["origin"]
    tables: tuple[Number, ...]
    allowed: tuple[str, ...]

    def issues(self, paper: pd.DataFrame) -> Iterator[str]:
        for table in self.tables:
            rows = paper[(paper["table"] == table) & ~paper["retrained"].isin(self.allowed)]
            if not rows.empty:
                yield f"Table {table}: {', '.join(rows['method'].unique())} were copied from other publications"


class Present(_Check):
    """Each of `tables` prints each of `rows`."""

    kind: Literal["present"]
    tables: tuple[Number, ...]
    rows: tuple[str, ...]

    def issues(self, paper: pd.DataFrame) -> Iterator[str]:
        printed = set(zip(paper["table"], paper["method"], strict=True))
        missing = [place for place in product(self.tables, self.rows) if place not in printed]
        yield from (f"Table {table} has no row {row}" for table, row in missing)


class Distinct(_Check):
    """No row of the table prints one value at two resolutions."""

    kind: Literal["distinct"]
    table: Number

    def issues(self, paper: pd.DataFrame) -> Iterator[str]:
        rows = paper[paper["table"] == self.table]
        for (method, metric), group in rows.groupby(["method", "metric"], sort=False):
            for shown, same in group.groupby("shown", sort=False):
                if len(same) > 1:
                    yield f"Table {self.table}: {method} {metric} is {shown} at {' and at '.join(same['resolution'])}"


class Sized(_Check):
    """Each of `tables` states the image size of its numbers."""

    kind: Literal["sized"]
    tables: tuple[Number, ...]

    def issues(self, paper: pd.DataFrame) -> Iterator[str]:
        without = set(paper.loc[paper["resolution"] == "", "table"])
        yield from (f"Table {table} states no image size" for table in self.tables if table in without)


class Same(_Check):
    """Two or more places print one number."""

    kind: Literal["same"]
    places: tuple[Printed, ...] = Field(min_length=2)

    def issues(self, paper: pd.DataFrame) -> Iterator[str]:
        values = [place.value(paper) for place in self.places]
        if None in values:
            yield from (f"{p} is not printed" for p, value in zip(self.places, values, strict=True) if value is None)
        elif len({value for value, _ in values}) > 1:
            yield ", ".join(f"{p} is {shown}" for p, (_, shown) in zip(self.places, values, strict=True))


class Total(_Check):
    """The sum or product of `parts` is `total`, to half a unit of its last printed digit."""

    kind: Literal["total"]
    how: Literal["sum", "product"]
    total: Printed | float
    parts: dict[str, float] = Field(min_length=2)

    def issues(self, paper: pd.DataFrame) -> Iterator[str]:
        value, shown = self.total.value(paper) if isinstance(self.total, Printed) else (self.total, f"{self.total:g}")
        tolerance = 0.5 * 10.0 ** -len(shown.partition(".")[2])
        result = sum(self.parts.values()) if self.how == "sum" else math.prod(self.parts.values())
        if abs(result - value) > tolerance:
            parts = ", ".join(f"{name} {part:g}" for name, part in self.parts.items())
            yield f"{parts}: the {self.how} is {result:.4g}, stated is {shown}"


class Kernel(_Check):
    """The weights of Eq. 2, exp(-(x^2+y^2)/(2 s^2)) / (2 pi s^2), sum to one over a square of `size` pixels."""

    kind: Literal["kernel"]
    size: int = Field(ge=1)
    sigmas: tuple[float, ...]

    def issues(self, paper: pd.DataFrame) -> Iterator[str]:
        offsets = np.arange(self.size) - self.size // 2
        for sigma in self.sigmas:
            line = np.exp(-(offsets**2) / (2 * sigma**2)) / (math.sqrt(2 * math.pi) * sigma)
            total = float(np.outer(line, line).sum())
            if abs(total - 1) > 0.005:
                yield f"sigma {sigma:g}: the weights sum to {total:.2f}"


class Noise(_Check):
    """Gaussian noise still has its stated mean and standard deviation after it is clamped to [low, high]."""

    kind: Literal["noise"]
    mean: float
    sd: float = Field(gt=0)
    low: float
    high: float

    def issues(self, paper: pd.DataFrame) -> Iterator[str]:
        from scipy.stats import norm

        grid = norm.ppf((np.arange(100_000) + 0.5) / 100_000, self.mean, self.sd).clip(self.low, self.high)
        for name, stated, result in (("mean", self.mean, grid.mean()), ("standard deviation", self.sd, grid.std())):
            if abs(result - stated) > 0.005:
                yield f"stated {name} {stated:g}, after the clamp to [{self.low:g}, {self.high:g}] it is {result:.3f}"


class Statement(Section):
    """The value of one quantity at one place of the paper."""

    where: str
    value: Value


class Agree(_Check):
    """All statements give one value."""

    kind: Literal["agree"]
    statements: tuple[Statement, ...] = Field(min_length=2)

    def issues(self, paper: pd.DataFrame) -> Iterator[str]:
        if len({statement.value for statement in self.statements}) > 1:
            yield ", ".join(f"{statement.where}: {statement.value}" for statement in self.statements)


class Stated(_Check):
    """The paper states a value at all."""

    kind: Literal["stated"]
    where: str
    value: Value | None

    def issues(self, paper: pd.DataFrame) -> Iterator[str]:
        if self.value is None:
            yield f"not stated in {self.where}"


Check = Annotated[
    Underline | Origin | Present | Distinct | Sized | Same | Total | Kernel | Noise | Agree | Stated,
    Field(discriminator="kind"),
]
