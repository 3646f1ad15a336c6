"""The report's section on data sets: their passports as a fragment of HTML."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dakpn.data.passport import passport_hash
from dakpn.tables.format import render

_FORMS = {
    "quick": "Every file was looked at without decoding it, and a small sample was decoded.",
    "full": "Every file was decoded and hashed.",
}


def read_passports(parts: Iterable[str], paths: Iterable[str | Path]) -> dict[str, dict[str, Any]]:
    """Part of the run -> its passport. parts: such as "street/source-train", in the order of the files."""
    texts = (Path(path).read_text(encoding="utf-8") for path in paths)
    return dict(zip(parts, map(json.loads, texts), strict=True))


def passports_fragment(passports: Mapping[str, Mapping[str, Any]]) -> str:
    """One line per passport, then the checks of each. passports: from `read_passports`."""
    return render(
        Path(__file__).parent / "passports.html.j2",
        forms=" ".join(_FORMS[form] for form in sorted({passport["form"] for passport in passports.values()})),
        lines=[_line(part, passport) for part, passport in passports.items()],
        passports=passports,
    )


def _line(part: str, passport: Mapping[str, Any]) -> tuple[Any, ...]:
    counts, content = passport["counts"], passport["content"]
    return (
        part,
        passport["dataset"] + "".join(f", {key} {value}" for key, value in passport["options"].items()),
        passport["split"],
        passport["verdict"],
        counts["usable"],
        "procedural" if counts["release"] is None else counts["release"],
        *(counts[key] for key in ("missing", "left_out", "used")),
        f"{content['bytes'] / 1e6:.4g} MB in {content['files']} files",
        passport_hash(passport)[:12],
    )
