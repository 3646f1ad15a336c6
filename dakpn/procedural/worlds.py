"""The four data sets' worlds: which scenes, which random streams, and which renderer draws them.

Every scene has a key (task, stream, index) below the run's seed, so that image k is the same however many images are
asked for, and no two streams share a scene.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dakpn.procedural.camera import render_camera
from dakpn.procedural.faces import face_scene
from dakpn.procedural.game import render_game
from dakpn.procedural.scene import Random, Scene
from dakpn.procedural.street import street_scene

PAINTERS = {"street": street_scene, "face": face_scene}
_STREAMS = ("source", "target", "pairs", "shift")


@dataclass(frozen=True)
class World:
    """The scenes of one stream: `task` street | face; `stream` source | target | pairs | shift."""

    task: str
    stream: str
    seed: int

    def _random(self, *key: int) -> Random:
        prefix = (list(PAINTERS).index(self.task), _STREAMS.index(self.stream))
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(*prefix, *key)))

    def scene(self, split: int, index: int, size: tuple[int, int], domain: str) -> Scene:
        """Scene number `index` of a split (counted from 0), with the scene statistics of domain source | target."""
        return PAINTERS[self.task](self._random(split, index, 0), size, domain)

    def camera_streams(self, split: int, index: int) -> Callable[[int], Random]:
        """The random streams of the camera's components for that scene."""
        return lambda component: self._random(split, index, 1, component)

    def extras(self, split: int, index: int) -> Random:
        """For what a layout needs beside image and label (names, defects of masks)."""
        return self._random(split, index, 2)


@dataclass(frozen=True)
class Renderer:
    """world: the stream of scenes; statistics: source | target; kind: game | camera; splits: whether every split has
    scenes of its own, or scene k is the same in all of them."""

    world: World
    statistics: str
    kind: str
    splits: bool = True

    def render(self, split: int, index: int, size: tuple[int, int], *, full: bool = False) -> tuple[Scene, np.ndarray]:
        """Scene `index` of a split and its (H, W, 3) uint8 image; full: (2H, 2W, 3)."""
        split = split if self.splits else 0
        scene = self.world.scene(split, index, size, self.statistics)
        if self.kind == "game":
            return scene, render_game(scene, full=full)
        return scene, render_camera(scene, self.world.camera_streams(split, index), self.world.task, full=full)


def interleave(counts: dict[str, int]) -> list[tuple[str, int]]:
    """(split, index) of every image, the splits taking turns until each has its count: as in the official sets, where
    neighbouring ids belong to different splits."""
    longest = max(counts.values(), default=0)
    return [(split, index) for index in range(longest) for split, count in counts.items() if index < count]
