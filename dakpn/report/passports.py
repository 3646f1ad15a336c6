"""The section on data sets: their passports as a fragment of the report's page."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dakpn.data.passport import passport_hash
from dakpn.files import atomic_path

_HEADINGS = (
    "Part",
    "Data set",
    "Split",
    "Verdict",
    "Pairs",
    "Release",
    "Missing",
    "Left out",
    "Used",
    "Size",
    "Passport",
)
_FORMS = {
    "quick": "Every file was looked at without decoding it, and a small sample was decoded.",
    "full": "Every file was decoded and hashed.",
}


def read_passports(parts: Iterable[str], paths: Iterable[str | Path]) -> dict[str, dict[str, Any]]:
    """Part of the run -> its passport. parts: such as "street/source-train", in the order of the files."""
    texts = (Path(path).read_text(encoding="utf-8") for path in paths)
    return dict(zip(parts, map(json.loads, texts), strict=True))


def write_passports(path: str | Path, passports: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the fragment to `path`, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(passports_fragment(passports), encoding="utf-8")


def passports_fragment(passports: Mapping[str, Mapping[str, Any]]) -> str:
    """The fragment: one line per passport, then the checks of each.

    passports: part of the run, such as "street/source-train" -> the record of `dakpn.data.passport.issue_passport`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    forms = sorted({passport["form"] for passport in passports.values()})
    return environment.get_template("passports.html.j2").render(
        forms=" ".join(_FORMS[form] for form in forms),
        headings=_HEADINGS,
        lines=[_line(part, passport) for part, passport in passports.items()],
        passports=[{"name": part, **passport} for part, passport in passports.items()],
    )


def _line(part: str, passport: Mapping[str, Any]) -> tuple[str, ...]:
    counts = passport["counts"]
    options = "".join(f", {key} {value}" for key, value in passport["options"].items())
    release = "procedural" if counts["release"] is None else str(counts["release"])
    numbers = (str(counts[key]) for key in ("missing", "left_out", "used"))
    size = f"{passport['content']['bytes'] / 1e6:.4g} MB in {passport['content']['files']} files"
    about = (passport["dataset"] + options, passport["split"], passport["verdict"])
    return (part, *about, str(counts["usable"]), release, *numbers, size, passport_hash(passport)[:12])
