"""The four data sets' worlds: which scenes, which renderer, which random streams.

Every scene has a key (task, stream, index) below the run's seed, so that image k is the same however many images are
asked for, and no two streams share a scene.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dakpn.procedural.faces import face_scene
from dakpn.procedural.scene import Scene
from dakpn.procedural.street import street_scene

PAINTERS: dict[str, Callable[[np.random.Generator, tuple[int, int], str], Scene]] = {
    "street": street_scene,
    "face": face_scene,
}
_TASKS = tuple(PAINTERS)
_STREAMS = ("source", "target", "pairs", "shift")


@dataclass(frozen=True)
class World:
    """The scenes of one stream: `task` street | face; `stream` source | target | pairs | shift."""

    task: str
    stream: str
    seed: int

    def _random(self, *key: int) -> np.random.Generator:
        prefix = (_TASKS.index(self.task), _STREAMS.index(self.stream))
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(*prefix, *key)))

    def scene(self, split: int, index: int, size: tuple[int, int], domain: str) -> Scene:
        """Scene number `index` of a split (counted from 0), with the scene statistics of domain source | target."""
        return PAINTERS[self.task](self._random(split, index, 0), size, domain)

    def camera_streams(self, split: int, index: int) -> Callable[[int], np.random.Generator]:
        """The random streams of the camera's components for that scene."""
        return lambda component: self._random(split, index, 1, component)

    def extras(self, split: int, index: int) -> np.random.Generator:
        """For what a layout needs beside image and label (names, defects of masks)."""
        return self._random(split, index, 2)
