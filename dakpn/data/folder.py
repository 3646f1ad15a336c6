"""Somebody's own data set: images/ and labels/ of any nesting, and classes.yaml."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dakpn.data.hints import absence_hint
from dakpn.data.label_spaces import LabelSpace
from dakpn.data.reader import Reader
from dakpn.errors import InputError

if TYPE_CHECKING:
    from dakpn.data.class_list import ClassList

SUFFIXES = (".png", ".jpg", ".jpeg")


class Folder(Reader):
    """`images/<id>.png|jpg|jpeg`, `labels/<id>.png` (8-bit, one channel, class ids) and `classes.yaml`.

    An id is the path below images/ or labels/ without its suffix, such as train/north/0001. A split is a folder right
    below images/ or labels/; "all" is everything. There is no release to compare with.
    `name` and `space` come from classes.yaml, see `dakpn.data.class_list.read_class_list`.
    """

    name = "folder"
    splits = ("all",)
    marks = ("images", "labels", "classes.yaml")
    edited = ("classes.yaml",)
    cure = (
        "Copy images to images/, their labels under the same names to labels/ (8-bit PNG with one channel of class "
        "ids), and write classes.yaml beside the two, as docs/data.md shows."
    )
    id_cure = "Add them to `classes` or to `ignore` of classes.yaml, or correct the label."

    def __init__(self, root: str | Path, split: str, **options: str):
        home = self._home(Path(root))
        self.root = home
        listed = _class_list(home)
        self.name, self.table = listed.name, listed.table
        self._label_space, self.label_space = listed.label_space, listed.label_space.name
        below = [path for part in ("images", "labels") for path in self._listed(home / part) if path.is_dir()]
        self.splits = (*sorted({path.name for path in below if not path.name.startswith(".")} - {"all"}), "all")
        super().__init__(root, split, **options)

    @classmethod
    def label_space_at(cls, root: str | Path) -> LabelSpace:
        """The label space that classes.yaml in `root` describes."""
        return _class_list(cls._home(Path(root))).label_space

    @property
    def space(self) -> LabelSpace:
        """The classes that labels are given in."""
        return self._label_space

    def _scan(self) -> tuple[Iterable[str], dict[str, Path], dict[str, list[Path]]]:
        self.lists.append(self.root / "classes.yaml")
        pictures, labels = self._named(self.root / "images"), self._named(self.root / "labels")
        return set(pictures) | set(labels), pictures, {name: [path] for name, path in labels.items()}

    def _named(self, part: Path) -> dict[str, Path]:
        """Files of the split below `part` by their id."""
        files: dict[str, Path] = {}
        start = part if self.split == "all" else part / self.split
        for path in self._files_below(start):
            name = path.relative_to(part).with_suffix("").as_posix()
            if path.suffix.lower() not in SUFFIXES:
                self._strays.append(path)
            elif name in files:
                raise self._twice(name, files[name], path)
            else:
                files[name] = path
        return files

    def _files_below(self, folder: Path) -> Iterator[Path]:
        """Every file at any depth, links followed, hidden files and folders passed over."""
        for path in self._listed(folder):
            if path.name.startswith("."):
                continue
            yield from self._files_below(path) if path.is_dir() else [path]


def _class_list(root: Path) -> "ClassList":
    from dakpn.data.class_list import read_class_list  # pydantic, which no other reader needs

    path = root / "classes.yaml"
    if not path.is_file():
        raise InputError(f"{path}: no such file. {absence_hint(root, Folder.marks, path)}{Folder.cure}")
    return read_class_list(path)
