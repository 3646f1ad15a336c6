"""What the camera sees differently class by class: colour, texture and softness.

A game's colours are chosen by artists; surfaces outdoors reflect less colour. `colour` is the class's sRGB value in the
world, given for the typical game value `game`; every part of the class is multiplied by their ratio. Decision
procedural-scenes, in the order of magnitude of published reflectance spectra (worn asphalt about 0.15, concrete 0.3 to
0.5, render and sandstone 0.3 to 0.5, green leaves 0.05 to 0.1 in red and blue, overcast sky nearly white). `texture` is
the relative standard deviation of reflectance inside the class, `soft` the extra blur of what moves or has no hard edge
(foliage, people, hair), relative to the camera's.
"""

from typing import NamedTuple

import numpy as np

from dakpn.procedural import face_parts as face
from dakpn.procedural import street_objects as things
from dakpn.procedural import surroundings as st


class Material(NamedTuple):
    game: tuple[float, float, float]
    colour: tuple[float, float, float]
    texture: float
    soft: float


MATERIALS: dict[str, dict[int, Material]] = {
    "street": {
        st.ROAD: Material((0.32, 0.32, 0.35), (0.48, 0.47, 0.47), 0.10, 0.0),
        st.SIDEWALK: Material((0.64, 0.59, 0.56), (0.52, 0.54, 0.56), 0.10, 0.0),
        st.BUILDING: Material((0.64, 0.56, 0.48), (0.58, 0.55, 0.53), 0.12, 0.0),
        st.WALL: Material((0.62, 0.53, 0.47), (0.48, 0.49, 0.49), 0.16, 0.0),
        st.FENCE: Material((0.44, 0.42, 0.38), (0.34, 0.36, 0.39), 0.18, 0.2),
        things.POLE: Material((0.42, 0.43, 0.46), (0.52, 0.52, 0.50), 0.05, 0.0),
        things.LIGHT: Material((0.22, 0.20, 0.16), (0.16, 0.17, 0.18), 0.05, 0.0),
        things.SIGN: Material((0.66, 0.52, 0.42), (0.60, 0.58, 0.56), 0.05, 0.0),
        things.VEGETATION: Material((0.29, 0.46, 0.15), (0.24, 0.31, 0.22), 0.26, 0.7),
        st.TERRAIN: Material((0.52, 0.54, 0.22), (0.43, 0.45, 0.31), 0.22, 0.2),
        st.SKY: Material((0.56, 0.72, 0.92), (0.80, 0.82, 0.84), 0.02, 0.0),
        **dict.fromkeys((things.PERSON, things.RIDER), Material((0.46, 0.37, 0.40), (0.33, 0.33, 0.37), 0.12, 0.5)),
        **dict.fromkeys(
            (things.CAR, things.MOTORCYCLE, things.PLATE), Material((0.45, 0.42, 0.42), (0.40, 0.42, 0.47), 0.06, 0.3)
        ),
        things.TRUCK: Material((0.58, 0.58, 0.56), (0.48, 0.48, 0.52), 0.06, 0.3),
        things.BUS: Material((0.58, 0.42, 0.32), (0.62, 0.56, 0.50), 0.06, 0.3),
        things.TRAIN: Material((0.60, 0.52, 0.44), (0.52, 0.54, 0.52), 0.06, 0.3),
        things.BICYCLE: Material((0.40, 0.38, 0.38), (0.30, 0.31, 0.34), 0.10, 0.4),
        **dict.fromkeys(
            (st.EGO, things.STATIC, things.DYNAMIC, st.GROUND),
            Material((0.40, 0.40, 0.40), (0.46, 0.43, 0.39), 0.12, 0.0),
        ),
    },
    "face": {
        face.BACKGROUND: Material((0.52, 0.50, 0.49), (0.46, 0.44, 0.42), 0.10, 0.3),
        face.SKIN: Material((0.70, 0.51, 0.40), (0.72, 0.57, 0.51), 0.06, 0.2),
        face.NOSE: Material((0.70, 0.51, 0.40), (0.73, 0.55, 0.50), 0.06, 0.2),
        **dict.fromkeys((face.RIGHT_EYE, face.LEFT_EYE), Material((0.60, 0.58, 0.57), (0.48, 0.44, 0.43), 0.04, 0.0)),
        **dict.fromkeys((face.RIGHT_BROW, face.LEFT_BROW), Material((0.38, 0.25, 0.18), (0.42, 0.33, 0.28), 0.15, 0.5)),
        **dict.fromkeys((face.RIGHT_EAR, face.LEFT_EAR), Material((0.70, 0.51, 0.40), (0.72, 0.47, 0.42), 0.06, 0.5)),
        face.MOUTH: Material((0.87, 0.84, 0.80), (0.72, 0.64, 0.60), 0.05, 0.0),
        **dict.fromkeys((face.TOP_LIP, face.BOTTOM_LIP), Material((0.60, 0.34, 0.33), (0.66, 0.46, 0.46), 0.05, 0.2)),
        face.NECK: Material((0.70, 0.51, 0.40), (0.64, 0.47, 0.41), 0.06, 0.4),
        face.HAIR: Material((0.50, 0.37, 0.25), (0.39, 0.33, 0.29), 0.25, 0.8),
        face.BEARD: Material((0.50, 0.37, 0.25), (0.42, 0.34, 0.30), 0.25, 0.6),
        face.CLOTHING: Material((0.50, 0.39, 0.42), (0.40, 0.39, 0.43), 0.12, 0.4),
        face.GLASSES: Material((0.30, 0.26, 0.24), (0.26, 0.25, 0.27), 0.03, 0.0),
        face.HEADWEAR: Material((0.50, 0.39, 0.42), (0.39, 0.36, 0.36), 0.16, 0.3),
        face.FACEWEAR: Material((0.55, 0.74, 0.82), (0.66, 0.74, 0.78), 0.05, 0.1),
        face.EARRING: Material((0.84, 0.74, 0.42), (0.72, 0.68, 0.58), 0.10, 0.0),
        face.NECKLACE: Material((0.86, 0.72, 0.34), (0.72, 0.66, 0.54), 0.10, 0.0),
        face.IGNORED: Material((0.70, 0.51, 0.40), (0.70, 0.52, 0.45), 0.06, 0.2),
    },
}


def _tables(task: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ratio, texture, soft = np.ones((256, 3), np.float32), np.zeros(256, np.float32), np.zeros(256, np.float32)
    for klass, material in MATERIALS[task].items():
        ratio[klass] = np.divide(material.colour, material.game)
        texture[klass], soft[klass] = material.texture, material.soft
    return ratio, texture, soft


# Look-up tables by label id: colour ratio (256, 3), texture (256,), softness (256,).
RATIO, TEXTURE, SOFTNESS = ({task: _tables(task)[k] for task in MATERIALS} for k in range(3))
