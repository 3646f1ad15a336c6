"""What translating tile by tile costs in quality: the step at the borders of tiles, in 8-bit values."""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.comparison import Row, alone
from dakpn.data import READERS
from dakpn.data.images import resize_image
from dakpn.model.kernels import Kernels
from dakpn.model.tiling import border_step, translate_tiled
from dakpn.model.transforms import fixed_noise, translate
from dakpn.procedural import generate
from dakpn.training.sampling import as_tensor

COMPONENTS = ("affine", "blur")
"""Without the noise, whose own steps would hide those of the tiles."""


def seam_rows(*, image: tuple[int, int] = (720, 1280), low: tuple[int, int] = (96, 160), seed: int = 0) -> list[Row]:
    """Mean step at tile borders of procedural game images, and of their translations at once and in tiles.

    The parameters are normal around the identity at the encoder's resolution (an eighth of `low`) and upsampled, as a
    KPN's are: weights by 0.1, biases by 0.05, sigma around 1 by 0.5. More varied parameters make deeper seams.
    """
    with TemporaryDirectory() as name:
        counts = {"train": 3, "val": 1, "test": 1}
        generate("gta5", Path(name) / "data", counts=counts, size=image, seed=seed)
        reader = READERS["gta5"](Path(name) / "data", "train")
        sources = [as_tensor(resize_image(reader.image(item), image)) for item in range(len(reader))]
    generator = torch.Generator().manual_seed(seed)
    noise = fixed_noise(*image, seed=seed)
    steps: dict[str, list[float]] = {"source": [], "translated at once": [], "translated in 64 tiles": []}
    for source in sources:
        coarse = torch.randn(1, 12, low[0] // 8, low[1] // 8, generator=generator)
        coarse = coarse * torch.tensor([0.1, 0.05, 0.5, 0.0]).repeat_interleave(3).view(1, 12, 1, 1)
        coarse = coarse + torch.tensor([1.0, 0.0, 1.0, 0.0]).repeat_interleave(3).view(1, 12, 1, 1)
        kernels = Kernels.from_channels(coarse).resize(low)
        results = (
            source,
            translate(source, kernels.resize(image), noise, components=COMPONENTS),
            translate_tiled(source, kernels, noise, components=COMPONENTS),
        )
        for values, result in zip(steps.values(), results, strict=True):
            values.append(255 * border_step(result))
    return [alone("step at tile borders", name, values, "8-bit steps") for name, values in steps.items()]
