"""Procedural miniature data: street and face scenes in the official layouts of the four data sets.

No real picture is in them, so they can be made anywhere and their labels are exact. The synthetic data sets are
rendered by the *game*, the real ones by the *camera*, from scenes of different statistics.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from dakpn.errors import InputError
from dakpn.files import atomic_path
from dakpn.procedural.celebamask_hq import write_celebamask_hq
from dakpn.procedural.cityscapes import write_cityscapes
from dakpn.procedural.facesynthetics import write_facesynthetics
from dakpn.procedural.gta5 import write_gta5
from dakpn.procedural.worlds import Renderer, World


class _Kind(NamedTuple):
    task: str
    domain: str
    renderer: str
    splits: tuple[str, ...]
    write: Callable


_KINDS = {
    "gta5": _Kind("street", "source", "game", ("train", "val", "test"), write_gta5),
    "cityscapes": _Kind("street", "target", "camera", ("train", "val", "test"), write_cityscapes),
    "facesynthetics": _Kind("face", "source", "game", ("train", "val", "all"), write_facesynthetics),
    "celebamask-hq": _Kind("face", "target", "camera", ("train", "val", "test"), write_celebamask_hq),
}


def generate(dataset: str, root: str | Path, *, counts: dict[str, int], size: tuple[int, int], seed: int) -> None:
    """Write a procedural data set in the official layout under `root`, which is replaced as a whole when all is
    written.

    dataset: gta5 | cityscapes | facesynthetics | celebamask-hq; counts: usable images per split; size: (height, width)
    that the task works at (GTA5 frames come a little larger, CelebAMask-HQ images twice as large as their masks); seed:
    of all scenes and cameras. Image k of a split depends on seed, data set, split, k and size only. Raises InputError
    for an unknown data set or split, a count below 1, or a size below 16.
    """
    kind = _kind(dataset)
    for split, count in counts.items():
        if split not in kind.splits or count < 1:
            raise InputError(
                f"counts.{split}: {count} images of split '{split}' cannot be made of {dataset}. "
                f"Splits: {', '.join(kind.splits)}; counts from 1."
            )
    _check(counts, size)
    renderer = Renderer(World(kind.task, kind.domain, seed), kind.domain, kind.renderer)
    with atomic_path(root) as temporary:
        kind.write(temporary, renderer, counts, size)


def scenes_of(dataset: str) -> str:
    """Which scenes a procedural data set shows: street | face. Raises InputError for an unknown data set."""
    return _kind(dataset).task


def generate_pairs(task: str, root: str | Path, *, count: int, size: tuple[int, int], seed: int) -> None:
    """Write held-out scenes with the source's statistics rendered both ways; task: street | face.

    root/source: GTA5 or FaceSynthetics (split "all"), root/target: Cityscapes or CelebAMask-HQ (split "val"), all of
    exactly `size` (CelebAMask-HQ images of twice that); item i of either reader shows the same scene. Raises InputError
    as `generate`.
    """
    if task not in ("street", "face"):
        raise InputError(f"procedural task: '{task}' is unknown. Known: street, face.")
    _check({"count": count}, size)
    world = World(task, "pairs", seed)
    game, camera = (Renderer(world, "source", kind, splits=False) for kind in ("game", "camera"))
    with atomic_path(root) as temporary:
        if task == "street":
            # One city, so that the order of ids is the order of scenes.
            write_gta5(temporary / "source", game, {"train": count}, size, defects=False)
            write_cityscapes(temporary / "target", camera, {"val": count}, size, cities={"val": ("frankfurt",)})
        else:
            write_facesynthetics(temporary / "source", game, {"all": count}, size)
            write_celebamask_hq(temporary / "target", camera, {"val": count}, size)


def _kind(dataset: str) -> _Kind:
    if dataset not in _KINDS:
        raise InputError(f"procedural data set: '{dataset}' is unknown. Known: {', '.join(_KINDS)}.")
    return _KINDS[dataset]


def _check(counts: dict[str, int], size: tuple[int, int]) -> None:
    if not counts or min(counts.values()) < 1:
        raise InputError("counts: no images are asked for. Give a count from 1 for at least one split.")
    if min(size) < 16:
        raise InputError(f"size: {size[0]}x{size[1]} is too small to paint a scene. Use at least 16x16.")
