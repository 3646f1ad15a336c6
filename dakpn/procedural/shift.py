"""The shift card: what separates the two domains, one cause at a time.

A variant switches on some of the camera's components, and possibly the target's scene statistics ("layout"), for the
same held-out scenes. A model trained on game images and evaluated on every variant shows what each cause costs.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dakpn.errors import InputError
from dakpn.procedural.camera import COMPONENTS, render_camera
from dakpn.procedural.label_maps import train_ids
from dakpn.procedural.scene import Scene
from dakpn.procedural.worlds import PAINTERS, World

LAYOUT = "layout"
GROUPS: dict[str, tuple[str, ...]] = {
    "photometric": ("exposure", "white_balance", "tone", "vignetting", "haze"),
    "class-dependent": ("albedo",),
    "blur and noise": ("defocus", "noise"),
    "outside the family": ("texture", "motion_blur", "jpeg", LAYOUT),
}


@dataclass(frozen=True)
class Variant:
    """group: the group it belongs to ("none" and "all" stand for themselves); components: those of camera.COMPONENTS
    that are on; layout: whether scenes have the target's statistics."""

    group: str
    components: frozenset[str]
    layout: bool


def _variants() -> dict[str, Variant]:
    variants = {"none": Variant("none", frozenset(), False)}
    for group, members in GROUPS.items():
        for member in members:
            variants[member] = Variant(group, frozenset({member}) - {LAYOUT}, member == LAYOUT)
        variants[group] = Variant(group, frozenset(members) - {LAYOUT}, LAYOUT in members)
    variants["all"] = Variant("all", frozenset(COMPONENTS), True)
    return variants


VARIANTS = _variants()


def render_variant(
    task: str, variant_name: str, *, count: int, size: tuple[int, int], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Held-out scenes under one variant; task: street | face.

    Returns images (count, H, W, 3) uint8 and labels (count, H, W) uint8 train ids of the task's label space, 255 =
    ignored. Scene k is the same in every variant of equal `layout`. Faces with the target's statistics are labelled as
    CelebAMask-HQ labels them (a beard is skin), the others as the readers map FaceSynthetics (a beard is hair). Raises
    InputError for an unknown task or variant.
    """
    if task not in PAINTERS or variant_name not in VARIANTS:
        raise InputError(f"shift variant: '{task}/{variant_name}' is unknown. Known: {', '.join(VARIANTS)}.")
    variant = VARIANTS[variant_name]
    domain = "target" if variant.layout else "source"
    world = World(task, "shift", seed)
    scenes = _scenes(world, domain, count, size)
    streams = (world.camera_streams(0, k) for k in range(count))
    images = [render_camera(*each, task, variant.components) for each in zip(scenes, streams, strict=True)]
    return np.stack(images), np.stack([train_ids(task, domain)[scene.labels()] for scene in scenes])


# Painting takes longer than the camera, and variants share their scenes.
@lru_cache(maxsize=2)
def _scenes(world: World, domain: str, count: int, size: tuple[int, int]) -> tuple[Scene, ...]:
    return tuple(world.scene(0, k, size, domain) for k in range(count))
