"""Scenes of one stream, rendered by the game or by the camera: what the writers of all layouts draw from."""

from dataclasses import dataclass

import numpy as np

from dakpn.procedural.camera import render_camera
from dakpn.procedural.game import render_game
from dakpn.procedural.scene import Scene
from dakpn.procedural.worlds import World


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
