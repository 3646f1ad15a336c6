"""Checking a configuration: what is wrong, where, and the nearest key that would have been right."""

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from dakpn.config.models import Configuration
from dakpn.errors import InputError

REORDERING = "\u061c\u200e\u200f" + "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Characters that no one sees and that change the order in which others are shown."""


def validate(raw: Mapping[str, Any]) -> Configuration:
    """Check a parsed configuration against the models; return it typed. What it names is resolved elsewhere
    (`dakpn.plan.configure`). Raises InputError that names the key and the nearest valid one.
    """
    for where, text in _texts(raw):
        if hidden := [c for c in text if c in REORDERING or unicodedata.category(c) == "Cc"]:
            raise InputError(
                f"configuration: {where}: holds the invisible character U+{ord(hidden[0]):04X}. Remove it."
            )
    try:
        return Configuration.model_validate(raw)
    except ValidationError as error:
        raise InputError(explain(error, Configuration)) from error


def _texts(part: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a parsed configuration, keys too, with the key that it stands at."""
    inner = part.items() if isinstance(part, Mapping) else enumerate(part) if isinstance(part, list | tuple) else ()
    for key, value in inner:
        place = f"{where}.{key}".lstrip(".")
        yield repr(place), str(key)
        yield from _texts(value, place)
    if isinstance(part, str):
        yield where, part


def explain(error: ValidationError, model: type[BaseModel], prefix: str = "") -> str:
    """The text of an InputError: every problem with its key below `prefix`, and the nearest valid one."""
    lines = []
    for problem in error.errors():
        where = ".".join([prefix] * bool(prefix) + [str(part) for part in problem["loc"]])
        if problem["type"] == "extra_forbidden":
            lines.append(
                f"{where}: no such key.{nearest(str(problem['loc'][-1]), _keys_at(model, problem['loc'][:-1]))}"
            )
        elif problem["type"] == "missing":
            lines.append(f"{where}: the key is missing. Add it; config/README.md lists every key.")
        else:
            given = "" if isinstance(problem["input"], dict) else f" (given: {problem['input']!r})"
            lines.append(f"{where}: {problem['msg']}{given}. Correct the value.".lstrip(": "))
    return "configuration: " + "\n  ".join(lines)


def nearest(name: str, valid: Iterable[str]) -> str:
    """The end of a message about an unknown name: the most similar valid one, or all of them."""
    valid = list(valid)
    close = difflib.get_close_matches(name, valid, n=1, cutoff=0.5)
    return f" Did you mean {close[0]}?" if close else f" Valid: {', '.join(valid)}."


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys that are valid at `location` below `model`."""
    current: Any = model
    for part in location:
        field = getattr(current, "model_fields", {}).get(part)
        annotation = field.annotation if field else current
        # dict[str, Model]: the next part is a key of the mapping, the model is its last type argument.
        arguments = getattr(annotation, "__args__", ())
        current = arguments[-1] if arguments and field else annotation
    return list(getattr(current, "model_fields", {}))
