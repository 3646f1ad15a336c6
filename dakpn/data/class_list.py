"""classes.yaml: the classes of somebody's own data set, and what they are called in an existing label space."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dakpn.config.errors import nearest
from dakpn.data.label_spaces import IGNORE, LABEL_SPACES, LabelSpace
from dakpn.data.reader import id_table
from dakpn.errors import InputError

CURE = "docs/data.md shows a whole file."
Byte = Annotated[int, Field(ge=0, le=255)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Class(_Section):
    name: str = Field(min_length=1)
    id: Byte
    colour: tuple[Byte, Byte, Byte] | None = None


class _File(_Section):
    name: str = Field("folder", min_length=1)
    classes: list[_Class] = Field(min_length=1, max_length=IGNORE)
    ignore: list[Byte] = []
    label_space: str | None = None
    map: dict[str | int, str | None] = {}


@dataclass(frozen=True)
class ClassList:
    """name: of the data set; label_space: of its labels; table: (256,) int16, see `dakpn.data.reader.id_table`."""

    name: str
    label_space: LabelSpace
    table: np.ndarray


def read_class_list(path: Path) -> ClassList:
    """Read classes.yaml.

    Without `label_space` the classes are a label space of their own: train ids in the order of the file, all of them
    scored. With it, labels are given in that label space: a class goes where `map` sends its name or id (null: it is
    ignored), else to the class of its own name; scores average over the classes that are reached.
    Pixels of `ignore` and, unless a class has that id, of 255 are ignored.
    Raises InputError that names the file, the key and the nearest valid one.
    """
    content = _content(path)
    ids = [entry.id for entry in content.classes]
    for what, values in (("name", [entry.name for entry in content.classes]), ("id", [*ids, *set(content.ignore)])):
        twice = [value for value, times in Counter(values).items() if times > 1]
        if twice:
            raise InputError(f"{path}: {what} {twice[0]} is given twice. Give every class one {what} of its own.")
    if content.label_space is not None:
        label_space, train_ids = _mapped(path, content)
    elif content.map:
        raise InputError(f"{path}: map: there is no label_space to map to. Name one of {', '.join(LABEL_SPACES)}.")
    else:
        label_space, train_ids = _own(content), {stored: i for i, stored in enumerate(ids)}
    return ClassList(content.name, label_space, id_table(train_ids, [*ids, *content.ignore, IGNORE]))


def _content(path: Path) -> _File:
    try:
        return _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise InputError(f"{path}: {_explained(error)} {CURE}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable as YAML ({' '.join(str(error).split())}). {CURE}") from error


def _explained(error: ValidationError) -> str:
    """The first problem of a file in one sentence."""
    problem = error.errors()[0]
    where = ".".join(map(str, problem["loc"])) or "the file"
    if problem["type"] == "extra_forbidden":
        model = _Class if problem["loc"][0] == "classes" else _File
        return f"{where}: no such key.{nearest(str(problem['loc'][-1]), model.model_fields)}"
    if problem["type"] == "missing":
        return f"{where}: the key is missing."
    return f"{where}: {problem['msg']} (given: {problem['input']!r})."


def _own(content: _File) -> LabelSpace:
    given = {entry.colour for entry in content.classes}
    free = (colour for colour in _distinct_colours() if colour not in given)
    return LabelSpace(
        name=content.name,
        classes=tuple(entry.name for entry in content.classes),
        ids=tuple(entry.id for entry in content.classes),
        colours=np.array([entry.colour or next(free) for entry in content.classes], np.uint8),
        scored=tuple(range(len(content.classes))),
    )


def _distinct_colours() -> Iterator[tuple[int, ...]]:
    """255 colours, never black: the bits of 1, 2, ... are dealt out to red, green and blue, highest bit first."""
    for number in range(1, 256):
        yield tuple(sum((number >> (3 * bit + channel) & 1) << (7 - bit) for bit in range(3)) for channel in range(3))


def _mapped(path: Path, content: _File) -> tuple[LabelSpace, dict[int, int]]:
    """The label space that is mapped to, with the classes that are reached scored, and stored id -> train id."""
    if content.label_space not in LABEL_SPACES:
        hint = nearest(content.label_space, LABEL_SPACES)
        raise InputError(f"{path}: label_space: there is no '{content.label_space}'.{hint}")
    label_space, targets, train_ids = LABEL_SPACES[content.label_space], dict[Any, str | None](content.map), {}
    for entry in content.classes:
        own = entry.name if entry.name in label_space.classes else ""
        goal = targets.pop(entry.name, targets.pop(entry.id, own))
        if goal == "":
            raise InputError(
                f"{path}: map: {label_space.name} has no class '{entry.name}'. Map it to one of its classes, "
                f"or to null to ignore it. Its classes: {', '.join(label_space.classes)}."
            )
        if goal is not None and goal not in label_space.classes:
            raise InputError(f"{path}: map.{entry.name}: no such class '{goal}'.{nearest(goal, label_space.classes)}")
        if goal is not None:
            train_ids[entry.id] = label_space.classes.index(goal)
    if targets:
        foreign, known = str(next(iter(targets))), [entry.name for entry in content.classes]
        raise InputError(f"{path}: map.{foreign}: not among `classes`.{nearest(foreign, known)}")
    reached = {label_space.merge.get(train_id, train_id) for train_id in train_ids.values()}
    scored = tuple(train_id for train_id in label_space.scored if train_id in reached)
    if not scored:
        raise InputError(
            f"{path}: map: no class of {label_space.name} that is scored is reached. Map at least one to it."
        )
    return (label_space if scored == label_space.scored else replace(label_space, scored=scored, subsets={})), train_ids
