"""Reading paper/claims.yaml: every mistake in it is an error that names the claim."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from dakpn.claims.checks import Check
from dakpn.claims.statements import FIDELITY, Claim
from dakpn.config.errors import nearest
from dakpn.errors import InputError


@dataclass(frozen=True)
class Ledger:
    """The paper's claims, and checks for statements of it that disagree."""

    claims: tuple[Claim, ...]
    checks: tuple[Check, ...]


def load_ledger(path: str | Path, tables: Mapping[int, Mapping[str, Any]]) -> Ledger:
    """Read and check paper/claims.yaml. tables: facts by number, from `dakpn.paper.load_tables`.

    Raises InputError naming the file, the claim and the key: for an unknown key or relation, an id that is given twice,
    and a row, metric or resolution that the table does not have.
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
