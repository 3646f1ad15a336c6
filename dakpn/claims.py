"""The paper's comparative statements as data: claims that are made of comparisons between two numbers.

A claim says where it stands in the paper, how it is read, and which relation it asserts (paper/claims.yaml). Every relation
comes down to comparisons "`first` less `factor` times `second` lies between `low` and `high`"; a claim holds if all of its
comparisons do. What the comparisons are judged on is the business of `dakpn.verdicts`.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from dakpn.config import Section, nearest
from dakpn.errors import InputError
from dakpn.paper_checks import Check

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

    def __str__(self) -> str:
        return " ".join(filter(None, [self.row, self.metric, self.at]))


@dataclass(frozen=True)
class Comparison:
    """`first` less `factor` times `second` lies strictly between `low` and `high`, in the unit of the metric."""

    first: Place
    second: Place
    low: float = 0.0
    high: float = math.inf
    factor: float = 1.0


@dataclass(frozen=True)
class SameSign:
    """Two differences have one sign: what is ahead in one table is ahead in the other."""

    here: Comparison
    there: Comparison


class _Claim(Section):
    id: str = Field(pattern=r"^[a-z0-9-]+$", description="name, unique in the file")
    where: Name = Field(description="section, table or caption of the paper")
    quote: Name = Field(description="a few words of the sentence")
    reading: Name = Field(description="how the sentence is read")
    table: Number | Literal["fidelity"] = Field(description="table whose numbers decide")
    metrics: tuple[Name, ...] = Field(min_length=1, description="metrics, all of which must agree with the claim")
    at: tuple[str, ...] | None = Field(None, description="resolutions of the paper (or tasks); null: all of the table")

    def named_rows(self) -> tuple[str, ...]:
        """The rows that the claim names."""
        than = getattr(self, "than", ())
        own = (self.row,) if hasattr(self, "row") else self.rows
        return (*own, *((than,) if isinstance(than, str) else than), *getattr(self, "excluding", ()))

    def comparisons(self, tables: Mapping[int, Mapping[str, Any]]) -> Iterator[Comparison | SameSign]:
        """All comparisons that the claim is made of. tables: facts by number, from `dakpn.tables.load_tables`."""
        for at in places_of(self, tables):
            for metric in self.metrics:
                yield from self._at(at, metric, tables)

    def _pair(self, first: str, second: str, at: str, metric: str, **bounds: float) -> Comparison:
        return Comparison(Place(self.table, first, at, metric), Place(self.table, second, at, metric), **bounds)


class Greater(_Claim):
    """`row` is above each of `than`."""

    relation: Literal["greater"]
    row: Name
    than: tuple[Name, ...] = Field(min_length=1)

    def _at(self, at, metric, tables):
        yield from (self._pair(self.row, other, at, metric) for other in self.than)


class Less(_Claim):
    """`row` is below each of `than`."""

    relation: Literal["less"]
    row: Name
    than: tuple[Name, ...] = Field(min_length=1)

    def _at(self, at, metric, tables):
        yield from (self._pair(other, self.row, at, metric) for other in self.than)


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
    """`row` less `than` is `about` to within `tolerance`."""

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
            here = Comparison(*(Place(self.table, row, at, metric) for row in pair))
            there = Comparison(*(Place(self.second, row, other, metric) for row in pair))
            yield SameSign(here, there)


Claim = Annotated[
    Greater | Less | Best | Ordering | Within | Difference | Ratio | SameOrder, Field(discriminator="relation")
]


@dataclass(frozen=True)
class Ledger:
    """The claims of a paper and the checks of what it says twice."""

    claims: tuple[Claim, ...]
    checks: tuple[Check, ...]


def places_of(claim: Claim, tables: Mapping[int, Mapping[str, Any]]) -> tuple[str, ...]:
    """The resolutions (or tasks) that a claim speaks of."""
    if claim.at is not None:
        return claim.at
    return tuple(slot["paper"] for slot in tables[claim.table]["resolutions"])


def load_ledger(path: str | Path, tables: Mapping[int, Mapping[str, Any]]) -> Ledger:
    """Read and check paper/claims.yaml. tables: facts by number, from `dakpn.tables.load_tables`.

    Raises InputError that names the file, the claim and the key: for a key or relation that does not exist, for an id that
    is given twice, and for a row, metric or resolution that the table does not have.
    """
    content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    if not isinstance(content, dict) or set(content) != {"claims", "checks"}:
        raise InputError(f"{path}: needs the two lists `claims` and `checks`. Add what is missing.")
    claims = tuple(_valid(path, "claim", entry, TypeAdapter(Claim)) for entry in content["claims"])
    checks = tuple(_valid(path, "check", entry, TypeAdapter(Check)) for entry in content["checks"])
    names = [entry.id for entry in (*claims, *checks)]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}: {name}: the id is given twice. Rename one.")
    for claim in claims:
        _placed(path, claim, tables)
    return Ledger(claims, checks)


def _valid(path: str | Path, what: str, entry: Any, adapter: TypeAdapter) -> Any:
    try:
        return adapter.validate_python(entry)
    except ValidationError as error:
        name = entry.get("id", "without an id") if isinstance(entry, dict) else repr(entry)
        problem = error.errors()[0]
        # The first part of a location below a union is the chosen member, which is no key of the file.
        where = ".".join(map(str, problem["loc"][1:])) + ": " if problem["loc"][1:] else ""
        raise InputError(f"{path}: {what} {name}: {where}{problem['msg']}. Correct the entry.") from error


def _placed(path: str | Path, claim: Claim, tables: Mapping[int, Mapping[str, Any]]) -> None:
    """Raise InputError unless everything that a claim names exists in its tables."""
    if claim.table == FIDELITY:
        if claim.at is None:
            raise InputError(f"{path}: claim {claim.id}: at: the key is missing. Name the tasks.")
        return

    def known(key: str, names: Iterable[str], valid: list[str], number: int) -> None:
        for name in names:
            if name not in valid:
                raise InputError(
                    f"{path}: claim {claim.id}: {key}: {name!r} is not in table {number}.{nearest(name, valid)}"
                )

    for number in (claim.table, getattr(claim, "second", claim.table)):
        facts = tables[number]
        known("rows", claim.named_rows(), [row["label"] for row in facts["rows"]], number)
        known("metrics", claim.metrics, [metric["name"] for metric in facts["metrics"]], number)
    known("at", claim.at or (), [slot["paper"] for slot in tables[claim.table]["resolutions"]], claim.table)
