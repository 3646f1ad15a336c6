"""A folder of translated images as a method: translations that were made elsewhere, by whatever means."""

from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import Field
from torch import Tensor

from dakpn.config.models import Section
from dakpn.data.images import read_rgb
from dakpn.data.passes import in_threads
from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.training.sampling import as_tensor
from dakpn.translation.batch import Batch
from dakpn.translation.translator import Translator

NAMED = 10
"""Files of each kind that a message names."""


class Folder(Translator):
    """Reads the translation of an image from `<id>.png` instead of computing it.

    The folder holds one PNG per training image of the source and no other file but hidden ones; ids with slashes are
    paths. Images have the task's image_size and are never resized. A lossy file would change every score.
    """

    class Config(Section):
        """Where the images are."""

        images: str = Field(
            min_length=1,
            description="folder with <id>.png, of the task's image_size, for every training image of the source",
        )

    label = "Translated images"
    trained = optimised = False
    images_only = True

    @classmethod
    def files(cls, config: Config) -> tuple[str, ...]:
        return tuple(sorted(map(str, _listed(Path(config.images)).values())))

    def check(self, source: View) -> None:
        """Raises InputError that names missing, extra, unreadable and wrong-sized files; every file is decoded."""
        folder = Path(self.config.images)
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder. Correct `images` of the method {self.label}.")
        listed, wanted = _listed(folder), [f"{name}.png" for name in source.ids]
        present = [name for name in wanted if name in listed]
        issues: dict[str, list[str]] = {
            "missing": [name for name in wanted if name not in listed],
            "extra": sorted(listed.keys() - set(wanted)),
            "unreadable": [],
            "of another size": [],
        }

        def examine(item: int) -> tuple[str, str] | None:
            return _fault(listed[present[item]], source.image_size)

        faults = in_threads(examine, range(len(present)), f"checking {folder}")
        for name, fault in zip(present, faults, strict=True):
            if fault:
                issues[fault[0]].append(f"{name} ({fault[1]})")
        if any(issues.values()):
            height, width = source.image_size
            lines = (
                f"\n  {kind} ({len(names)}): {', '.join(names[:NAMED])}{', ...' if len(names) > NAMED else ''}"
                for kind, names in issues.items()
                if names
            )
            raise InputError(
                f"{folder}: its files are not the translations of the {len(source)} training images of the source."
                f"{''.join(lines)}\nGive one PNG (lossless; no JPEG) per image, named <id>.png, of {height}x{width} "
                "pixels (height x width: the task's image_size), and no other file."
            )

    def translate(self, batch: Batch) -> Tensor:
        paths = [Path(self.config.images, f"{name}.png") for name in batch.ids]
        for name, path in zip(batch.ids, paths, strict=True):
            if not path.is_file():
                raise InputError(f"{path}: no translation of {name}. This method has the folder's images only.")
        return as_tensor(np.stack([read_rgb(path) for path in paths]), batch.image.device)


def _listed(folder: Path) -> dict[str, Path]:
    """Every file below the folder by its relative path, hidden files and what lies in hidden folders left out."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path for name, path in files.items() if "/." not in f"/{name}"}


def _fault(path: Path, size: tuple[int, int]) -> tuple[str, str] | None:
    """What is wrong with a file, as (kind, explanation)."""
    try:
        image = read_rgb(path)
        with Image.open(path) as opened:
            kind = opened.format
    except InputError as error:
        return "unreadable", str(error).removeprefix(f"{path}: ").split(". ")[0]
    if kind != "PNG":
        return "unreadable", f"{kind} in spite of its name"
    return None if image.shape[:2] == size else ("of another size", f"{image.shape[0]}x{image.shape[1]}")
