"""The camera renderer: a chain of named components, each of which can be switched on alone.

With no component the camera gives the game's image exactly. The order is that of light: surfaces (albedo, texture), air
(haze), lens (defocus, motion blur, vignetting), exposure, sensor noise, white balance, tone curve, JPEG. Every
component draws from a random stream of its own, so that a scene meets the same draw whether the component acts alone or
with the others.

What a component does is taken from how cameras work:
- haze: Koschmieder's law; where the scene is a portrait, a veiling glare (ISO 9358)
- defocus: the thin lens's blur circle by depth, more where a class moves or has no hard edge
- vignetting: the cos^4 law
- exposure: stops; white balance: an error in mired of a Planckian illuminant
- noise: Poisson-Gaussian in linear light, the sensor model of EMVA 1288
- tone: ITU-R BT.709's transfer curve in place of sRGB's, an S-curve, less saturation
- jpeg: baseline JPEG at the qualities of consumer cameras
- albedo, texture: materials.py; motion blur: a straight movement during the exposure

`STRENGTH` says how much of each. It was set once, so that every group of shift.GROUPS alone costs a small segmenter
trained on game images about 4 to 15 points of mIoU and all of them together 15 to 30; it never looks at how
translation methods rank. Lengths are relative to the image's height: 1 stands for 1/96 of it.
"""

from collections.abc import Callable, Iterable

import numpy as np

from dakpn.procedural import optics, sensor
from dakpn.procedural.game import average, linear_to_srgb, quantise, radiance
from dakpn.procedural.materials import RATIO, SOFTNESS, TEXTURE
from dakpn.procedural.scene import SUPERSAMPLING, Scene

# Component: multiples, for streets and for faces, of the unit strengths that optics.py and sensor.py describe.
_STRENGTHS = {
    "albedo": (0.35, 0.65),
    "texture": (0.5, 1.0),
    "haze": (0.08, 0.2),
    "defocus": (0.8, 1.1),
    "motion_blur": (1.0, 1.5),
    "vignetting": (0.5, 0.5),
    "exposure": (0.22, 0.3),
    "noise": (1.25, 1.5),
    "white_balance": (0.7, 0.6),
    "tone": (0.3, 0.35),
    "jpeg": (1.0, 1.0),
}
COMPONENTS = tuple(_STRENGTHS)
_ORDER = (
    optics.haze, optics.defocus, optics.motion_blur, optics.vignetting, sensor.exposure, sensor.noise,
    sensor.white_balance,
)  # fmt: skip
STRENGTH = {task: {name: pair[k] for name, pair in _STRENGTHS.items()} for k, task in enumerate(("street", "face"))}


def render_camera(
    scene: Scene,
    streams: Callable[[int], np.random.Generator],
    task: str,
    components: Iterable[str] = COMPONENTS,
    *,
    full: bool = False,
) -> np.ndarray:
    """(H, W, 3) uint8 of the scene with the given components; task: street | face.

    streams(k): a fresh random generator for component number k of COMPONENTS. full: (2H, 2W, 3), one pixel of the image
    per pixel of the part map (CelebAMask-HQ's images have twice the size of its masks); its pixels are a quarter of the
    area and so are the photons they count.
    """
    active = {name: (STRENGTH[task][name], streams(k)) for k, name in enumerate(COMPONENTS) if name in components}
    light = _surfaces(scene, task, active)
    if not full:
        light = average(light)
    step = 1 if full else SUPERSAMPLING
    unit, soft = light.shape[0] / 96, SOFTNESS[task][scene.klass[scene.parts[::step, ::step]]]
    # What a component takes beside the light, its strength and its random stream.
    options = {
        "haze": lambda: {"depth": scene.depths(step) if task == "street" else None},
        "defocus": lambda: {"depth": scene.depths(step), "soft": soft, "unit": unit},
        "motion_blur": lambda: {"unit": unit},
        "noise": lambda: {"pixel_area": 1 / SUPERSAMPLING**2 if full else 1.0},
    }
    for apply in _ORDER:
        name = apply.__name__
        if name in active:
            light = apply(light, *active[name], **options.get(name, dict)())
    display = sensor.tone(light, *active["tone"]) if "tone" in active else linear_to_srgb(light)
    image = quantise(display)
    return sensor.jpeg(image, *active["jpeg"]) if "jpeg" in active else image


def _surfaces(scene: Scene, task: str, active: dict) -> np.ndarray:
    albedo = None
    if "albedo" in active:
        strength, rng = active["albedo"]
        # The world varies around the class's typical colour from picture to picture (weather, materials of the place).
        vary = rng.normal(1.0, 0.2, (256, 1)).astype(np.float32)
        albedo = np.clip(scene.albedo * (RATIO[task] ** (strength * vary))[scene.klass], 0.03, 0.97)
    light = radiance(scene, albedo)
    if "texture" in active:
        strength, rng = active["texture"]
        amplitude = strength * TEXTURE[task][scene.klass][scene.parts]
        light = light * np.exp(amplitude * optics.cloud(rng, *scene.parts.shape))[..., None]
    return light
