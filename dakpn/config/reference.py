"""The reference of all configuration keys, as Markdown generated from the models."""

import json
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dakpn.config.models import Configuration
from dakpn.config.size import Size

HEADING = """# All configuration keys

Generated from the models by `make docs`. One file in this folder is one run; `extends: <name>` lays a file over another
one: mappings are merged key by key, every other value replaces its parent's, and null removes it. A file of your own
may lie anywhere: `snakemake --configfile my.yaml --cores 8 all`. Unknown keys stop the run with the nearest valid name.

A method of a run is a name with settings. A shipped name takes its settings under `methods`, and so does everything
that is built from it: `methods: {dakpn: {iterations: 200}}` holds for dakpn-s, dakpn-t and the ablations. A name of
your own says what it is built from: `methods: {mine: {method: dakpn-t, sigma_start: 1.0, label: Mine}}`. Key `tasks`
limits it to some tasks.
"""


def key_reference(sections: Mapping[str, Mapping[str, type[BaseModel]]]) -> str:
    """Markdown with a table of keys for the configuration, for each of its sections, and for `sections`.

    sections: heading -> name -> model, for the sections whose keys depend on what they name.
    """
    parts = [HEADING, *_tables("Top level", Configuration)]
    for heading, models in sections.items():
        parts.append(f"## {heading}\n")
        parts += (f"### `{name}`\n\n{_table(model)}" for name, model in models.items())
    return "\n".join(parts)


def _tables(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"## {title}\n\n{_table(model)}"
    keys: dict[type[BaseModel], list[str]] = {}
    for name, field in model.model_fields.items():
        for inner in _models(field.annotation):
            keys.setdefault(inner, []).append(f"`{name}`")
    for inner, names in keys.items():
        yield from _tables(f"{' and '.join(names)}: {inner.__doc__.split('.')[0].strip()}", inner)


def _table(model: type[BaseModel]) -> str:
    lines = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        texts = (f"`{name}`", _kind(field.annotation), _default(field), field.description or "")
        lines.append("| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in texts) + " |")
    return "\n".join([*lines, ""]) if model.model_fields else "No keys.\n"


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return list(dict.fromkeys(model for part in get_args(annotation) for model in _models(part)))


def _kind(annotation: Any) -> str:
    """The values that a key takes, in words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return _kind(arguments[0])
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join("null" if part is type(None) else _kind(part) for part in arguments)
    if annotation is Size:
        return "[height, width]"
    if origin is tuple:
        return f"list of {_kind(arguments[0])}" if arguments[-1] is Ellipsis else f"{len(arguments)} values"
    if origin is dict:
        return f"mapping to {_kind(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    return {str: "text", int: "integer", float: "number", bool: "true or false", Any: "any value"}[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or isinstance(value, BaseModel):
        return "its defaults" if value else "null"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"
