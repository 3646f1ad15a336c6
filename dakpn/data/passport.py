"""Passports: one record that describes a data set on disk, kept beside the results computed from it."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from dakpn.data.doctor import diagnose, judge_count, judge_manifest, relative, survey, totals
from dakpn.data.label_spaces import IGNORE
from dakpn.data.manifest import Entry, Manifest, content_hash, entry_of
from dakpn.data.reader import Reader

Passport = dict[str, Any]
_RANK = ("ok", "warning", "error")


def issue_passport(
    reader: Reader,
    *,
    full: bool,
    release: bool = True,
    allow_partial: bool = False,
    limit: int | None = None,
    manifest: Manifest | None = None,
    workers: int | None = None,
) -> tuple[Passport, dict[str, Entry]]:
    """Look at a data set; return its passport and its manifest.

    full: decode and hash every file; else headers, ends and a small sample, in seconds. release: compare the number of
    pairs with the release's (procedural data have none). allow_partial: fewer pairs are no error. limit: how many items
    the run will use; all items are checked whatever it is. manifest: what the files must be.

    The passport can be written as JSON and does not depend on where the data lie or in what order they are listed.
    Keys: dataset, split, options, form (full | quick), verdict (ok | warning | error); counts {usable, missing,
    left_out, release or None, used}; missing, left_out (ids); unreadable {id: reason}; decoded (number of items); sizes
    {"WxH": images}; of the decoded items ids {stored id: pixels} and classes {name: pixels}; content {files, bytes, by,
    hash}; checks, the rows of `doctor.diagnose`.
    """

    def inside(text: str) -> str:
        return text.replace(f"{reader.root}/", "")

    findings = survey(reader, full=full, workers=workers)
    files = {name: entry for finding in findings.values() for name, entry in finding.files.items()}
    files |= {relative(reader, path): entry_of(path, hashed=full) for path in reader.lists}
    checks = diagnose(reader, findings)
    if release:
        checks.insert(1, judge_count(reader, allow_partial=allow_partial))
    if manifest is not None:
        checks += judge_manifest(files, manifest)
    checks = [{key: inside(text) for key, text in row.items()} for row in checks]
    good = [finding for finding in findings.values() if not finding.error]
    decoded = [finding for finding in good if finding.stored is not None]
    sizes = Counter(f"{finding.size[1]}x{finding.size[0]}" for finding in good)
    (stored, census), names = totals(decoded), reader.space.classes
    passport = {
        "dataset": reader.name,
        "split": reader.split,
        "options": reader.options,
        "form": "full" if full else "quick",
        "verdict": max((row["status"] for row in checks), key=_RANK.index),
        "counts": {
            "usable": len(reader),
            "missing": len(reader.missing),
            "left_out": len(reader.dropped),
            "release": reader.official_count() if release else None,
            "used": min(len(reader), limit or len(reader)),
        },
        "missing": reader.missing,
        "left_out": reader.dropped,
        "unreadable": {name: inside(finding.error) for name, finding in findings.items() if finding.error},
        "decoded": len(decoded),
        "sizes": dict(sorted(sizes.items(), key=lambda item: (-item[1], item[0]))),
        "ids": {str(i): int(stored[i]) for i in np.flatnonzero(stored)},
        "classes": {**{names[i]: int(census[i]) for i in sorted(reader.producible())}, "ignored": int(census[IGNORE])},
        "content": {
            "files": len(files),
            "bytes": sum(entry.bytes for entry in files.values()),
            "by": "sha256 of every file" if full else "names and sizes",
            "hash": content_hash(files),
        },
        "checks": checks,
    }
    return passport, files


def passport_hash(passport: Passport) -> str:
    """One hash of everything that a passport says."""
    return hashlib.sha256(json.dumps(passport, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def passport_hashes(paths: Iterable[str | Path]) -> dict[str, str]:
    """Hash by part of the run, "street/source-train", of passports that lie at .../<task>/<part>.json."""
    passports = {"/".join(Path(path).with_suffix("").parts[-2:]): Path(path).read_text("utf-8") for path in paths}
    return {part: passport_hash(json.loads(text)) for part, text in passports.items()}


def first_error(passport: Passport, root: str | Path) -> str:
    """One error in a line with its cure, an unreadable file before others, and how many more there are; empty without
    errors."""
    errors = [row for row in passport["checks"] if row["status"] == "error"]
    if not errors:
        return ""
    more = f" ({len(errors) - 1} more errors; `snakemake doctor` names all)" if len(errors) > 1 else ""
    unreadable = list(passport["unreadable"].values())
    if unreadable:
        return f"{root}/{unreadable[0]}{more}"
    return f"{root}: {errors[0]['detail']}. {errors[0]['cure']}{more}"


def partial_notes(passports: Iterable[Passport]) -> list[str]:
    """A sentence for every data set that a run uses only part of, for the foot of its tables."""
    notes = []
    for passport in passports:
        counts, what = passport["counts"], f"{passport['dataset']} {passport['split']}"
        there, release = counts["usable"] + counts["left_out"], counts["release"]
        if release is not None and there < release:
            notes.append(f"Partial data: {what} has {there:,} of the {release:,} pairs of the release.")
        if release is None and counts["missing"]:
            lacking = f"{counts['missing']:,} lack image or label and are left out"
            notes.append(f"Partial data: {what} has {there:,} images with labels; {lacking}.")
        if counts["used"] < counts["usable"]:
            notes.append(f"Partial data: {counts['used']:,} of {counts['usable']:,} usable images of {what} are used.")
    return list(dict.fromkeys(notes))
