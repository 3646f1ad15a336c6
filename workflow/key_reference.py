"""`python -m workflow.key_reference` writes config/README.md, the reference of all configuration keys."""

import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from baselines import METHODS
from dakpn.config.models import Configuration
from dakpn.config.size import Size
from dakpn.files import atomic_path
from dakpn.segmentation import SEGMENTERS
from dakpn.translation.instances import Preset

PATH = Path(__file__).parents[1] / "config" / "README.md"
HEADING = """# All configuration keys

Generated from the models by `make docs`. One file in this folder is one run; `extends: <name>` lays a file over another
one: mappings are merged key by key, every other value replaces its parent's, and null removes it. A file of your own
may lie anywhere: `snakemake --configfile my.yaml --cores 8 all`. Unknown keys stop the run with the nearest valid name.

A method of a run is a name with settings. A shipped name takes its settings under `methods`, and so does everything
that is built from it: `methods: {dakpn: {iterations: 200}}` holds for dakpn-s, dakpn-t and the ablations. A name of
your own says what it is built from: `methods: {mine: {method: dakpn-t, sigma_start: 1.0, label: Mine}}`. Key `tasks`
limits it to some tasks.
"""
WORDS = {str: "text", int: "integer", float: "number", bool: "true or false", Any: "any value"}
WORDS |= {type(None): "null", Size: "[height, width]"}
SECTIONS = {"Methods (sections under `methods`)": METHODS, "Segmenters (and `encoder`)": SEGMENTERS}


def text() -> str:
    """The page as it should be: a table for the configuration, each of its sections, each method and each network."""
    parts = [HEADING, *_tables("Top level", Configuration)]
    for heading, registry in SECTIONS.items():
        parts.append(f"## {heading}\n")
        entries = {name: entry for name, entry in registry.items() if not isinstance(entry, Preset)}
        parts += [f"### `{name}`\n\n{_table(entry.Config)}" for name, entry in entries.items()]
    return "\n".join(parts)


def _tables(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"## {title}\n\n{_table(model)}"
    keys: dict[type[BaseModel], list[str]] = {}
    for name, field in model.model_fields.items():
        for inner in dict.fromkeys(_models(field.annotation)):
            keys.setdefault(inner, []).append(f"`{name}`")
    for inner, names in keys.items():
        yield from _tables(f"{' and '.join(names)}: {inner.__doc__.split('.')[0].strip()}", inner)


def _table(model: type[BaseModel]) -> str:
    lines = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        texts = (f"`{name}`", _kind(field.annotation), _default(field), field.description or "")
        lines.append("| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in texts) + " |")
    return "\n".join(lines) + "\n" if model.model_fields else "No keys.\n"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _kind(annotation: Any) -> str:
    """The values that a key takes, in words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return _kind(arguments[0])
    if annotation in WORDS:
        return WORDS[annotation]
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(map(_kind, arguments))
    if origin is tuple:
        return f"list of {_kind(arguments[0])}" if arguments[-1] is Ellipsis else f"{len(arguments)} values"
    if origin is dict:
        return f"mapping to {_kind(arguments[1])}"
    return "section" if list(_models(annotation)) else str(annotation)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or isinstance(value, BaseModel):
        return "its defaults"
    shown = list(value) if isinstance(value, tuple) else value
    return "null" if shown is None else f"`{str(shown).lower() if isinstance(shown, bool) else shown}`"


if __name__ == "__main__":
    with atomic_path(PATH) as temporary:
        temporary.write_text(text(), encoding="utf-8")
