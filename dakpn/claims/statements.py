"""The paper's comparative statements as data: claims that are made of inequalities between two numbers.

A claim says where it stands in the paper, how it is read, and which relation it asserts (paper/claims.yaml). Every
relation is a set of inequalities "`first` minus `factor` times `second` lies between `low` and `high`"; a claim holds
if all of its inequalities do. `dakpn.claims.verdicts` judges them.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from dakpn.config.models import Section

FIDELITY = "fidelity"
"""The one table that the paper does not have; its places are tasks."""

Name = Annotated[str, Field(min_length=1)]
Number = Literal[1, 2, 3, 4, 5, 6]


class Place(NamedTuple):
    """One number of a table. `at` is the paper's resolution ("" where it states none), a task in the fidelity table."""

    table: int | str
    row: str
    at: str
    metric: str


@dataclass(frozen=True)
class Inequality:
    """`first` minus `factor` times `second` lies strictly between `low` and `high`, in the unit of the metric."""

    first: Place
    second: Place
    low: float = 0.0
    high: float = math.inf
    factor: float = 1.0


@dataclass(frozen=True)
class SameSign:
    """Two differences have one sign: what is ahead in one table is ahead in the other."""

    here: Inequality
    there: Inequality


class _Claim(Section):
    id: str = Field(pattern=r"^[a-z0-9-]+$", description="name, unique in the file")
    where: Name = Field(description="section, table or caption of the paper")
    quote: Name = Field(description="a few words of the sentence")
    reading: Name = Field(description="how the sentence is read")
    table: Literal[1, 2, 3, 4, 5, 6, "fidelity"] = Field(description="table whose numbers decide")
    metrics: tuple[Name, ...] = Field(min_length=1, description="metrics, all of which must agree with the claim")
    at: tuple[str, ...] | None = Field(None, description="resolutions of the paper (or tasks); null: all of the table")

    def named_rows(self) -> tuple[str, ...]:
        """The rows that the claim names."""
        than = getattr(self, "than", ())
        own = (self.row,) if hasattr(self, "row") else self.rows
        return (*own, *((than,) if isinstance(than, str) else than), *getattr(self, "excluding", ()))

    def inequalities(self, tables: Mapping[int, Mapping[str, Any]]) -> Iterator[Inequality | SameSign]:
        """All inequalities that the claim is made of. tables: facts by number (`dakpn.paper`)."""
        # Without `at` a claim is about all resolutions of its table.
        everywhere = self.at is None and [slot["paper"] for slot in tables[self.table]["resolutions"]]
        for at in everywhere or self.at or ():
            for metric in self.metrics:
                yield from self._at(at, metric, tables)

    def _pair(self, first: str, second: str, at: str, metric: str, **bounds: float) -> Inequality:
        return Inequality(Place(self.table, first, at, metric), Place(self.table, second, at, metric), **bounds)


class Greater(_Claim):
    """`row` is above each of `than`, or below where the relation is `less`."""

    relation: Literal["greater", "less"]
    row: Name
    than: tuple[Name, ...] = Field(min_length=1)

    def _at(self, at, metric, tables):
        for other in self.than:
            ends = (self.row, other) if self.relation == "greater" else (other, self.row)
            yield self._pair(*ends, at, metric)


class Best(_Claim):
    """`row` is above every other row that the paper prints in the table, or below where `lowest`."""

    relation: Literal["best"]
    row: Name
    lowest: bool = False
    excluding: tuple[Name, ...] = ()

    def _at(self, at, metric, tables):
        for other in tables[self.table]["rows"]:
            if other["label"] not in (self.row, *self.excluding) and not other.get("harness"):
                ends = (other["label"], self.row) if self.lowest else (self.row, other["label"])
                yield self._pair(*ends, at, metric)


class Ordering(_Claim):
    """`rows` stand from the highest to the lowest."""

    relation: Literal["ordering"]
    rows: tuple[Name, ...] = Field(min_length=2)

    def _at(self, at, metric, tables):
        yield from (self._pair(above, below, at, metric) for above, below in pairwise(self.rows))


class Within(_Claim):
    """`row` and `than` differ by less than `tolerance`."""

    relation: Literal["within"]
    row: Name
    than: Name
    tolerance: float = Field(gt=0)

    def _at(self, at, metric, tables):
        yield self._pair(self.row, self.than, at, metric, low=-self.tolerance, high=self.tolerance)


class Difference(_Claim):
    """`row` minus `than` is `about` to within `tolerance`."""

    relation: Literal["difference"]
    row: Name
    than: Name
    about: float
    tolerance: float = Field(gt=0)

    def _at(self, at, metric, tables):
        bounds = {"low": self.about - self.tolerance, "high": self.about + self.tolerance}
        yield self._pair(self.row, self.than, at, metric, **bounds)


class Ratio(_Claim):
    """`row` is less than `factor` times each of `than`."""

    relation: Literal["ratio"]
    row: Name
    than: tuple[Name, ...] = Field(min_length=1)
    factor: float = Field(gt=0)

    def _at(self, at, metric, tables):
        for other in self.than:
            yield self._pair(self.row, other, at, metric, low=-math.inf, high=0.0, factor=self.factor)


class SameOrder(_Claim):
    """Every two of `rows` stand in one order in `table` and in `second`, tables of one image size."""

    relation: Literal["same_order"]
    second: Number
    rows: tuple[Name, ...] = Field(min_length=2)

    def _at(self, at, metric, tables):
        other = tables[self.second]["resolutions"][0]["paper"]
        for pair in combinations(self.rows, 2):
            here = Inequality(*(Place(self.table, row, at, metric) for row in pair))
            there = Inequality(*(Place(self.second, row, other, metric) for row in pair))
            yield SameSign(here, there)


Claim = Annotated[Greater | Best | Ordering | Within | Difference | Ratio | SameOrder, Field(discriminator="relation")]
