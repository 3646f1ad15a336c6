"""Configurations that extend another one: what a run shares with its parent is written once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dakpn.errors import InputError

EXTENDS = "extends"


def inherit(raw: Mapping[str, Any], shipped: str | Path, *, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The configuration `raw` laid over the one that its key `extends` names, and so on up to one that extends nothing.

    extends: the name of a file in the folder `shipped` without its suffix, or a path that ends in .yaml, relative to
    the working folder. Mappings are merged key by key, every other value replaces its parent's, and null removes it.
    Raises InputError for a parent that does not exist or that extends itself.
    """
    own = {key: value for key, value in raw.items() if key != EXTENDS}
    if EXTENDS not in raw:
        return own
    name = str(raw[EXTENDS])
    path = Path(name) if name.endswith((".yaml", ".yml")) else Path(shipped) / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in Path(shipped).glob("*.yaml")))
        raise InputError(f"extends: {name}: no such configuration. Name one of {known}, or the path of a .yaml file.")
    if path.resolve() in seen:
        raise InputError(f"extends: {path} extends itself. Remove the key from one of the files.")
    parent = yaml.safe_load(path.read_text(encoding="utf-8"))
    return merge(inherit(parent, shipped, seen=(*seen, path.resolve())), own)


def merge(parent: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """`own` laid over `parent`: mappings key by key, other values replace, null removes."""
    merged = dict(parent)
    for key, value in own.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged
