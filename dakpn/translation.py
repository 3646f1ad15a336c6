"""Translating a data set: every image of a view, once, in order, written without loss."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dakpn.data.views import View, write_image_view
from dakpn.files import atomic_path
from dakpn.sampling import as_bytes, as_tensor
from dakpn.translator import Translator


def translations(
    translator: Translator, view: View, device: torch.device | str, *, batch: int = 8
) -> Iterator[np.ndarray]:
    """Yield the (H,W,3) uint8 translation of every image of the view, in the view's order."""
    for start in range(0, len(view), batch):
        image = as_tensor(view.images[start : start + batch], device)
        low = as_tensor(view.low[start : start + batch], device)
        with torch.no_grad():
            yield from as_bytes(translator.translate(image, low=low))


def translate_view(
    translator: Translator,
    view: View,
    device: torch.device | str,
    *,
    images: str | Path,
    translated: str | Path,
    batch: int = 8,
) -> None:
    """Write the translations of a view as PNG files <id>.png in `images`, and as a view with the source's labels in
    `translated`.

    PNG because a lossy file would change every score measured on it; compression level 1 because higher levels cost
    more time than the space is worth. Both folders appear complete or not at all.
    """
    with atomic_path(images) as folder:
        folder.mkdir()

        def written() -> Iterator[np.ndarray]:
            for name, image in zip(view.ids, translations(translator, view, device, batch=batch), strict=True):
                Image.fromarray(image).save(folder / f"{name}.png", compress_level=1)
                yield image

        write_image_view(translated, view.ids, written(), like=view)


def save_samples(
    translator: Translator, view: View, device: torch.device | str, path: str | Path, *, count: int
) -> None:
    """Write the first `count` images with their translations, and what the method can show of itself, as .npz."""
    rows = slice(0, min(count, len(view)))
    image, low = as_tensor(view.images[rows], device), as_tensor(view.low[rows], device)
    with torch.no_grad():
        shown = translator.explain(image, low)
        translated = as_bytes(translator.translate(image, low=low))
    with atomic_path(path) as temporary:
        np.savez_compressed(
            temporary, ids=np.array(view.ids[rows]), source=view.images[rows], translation=translated, **shown
        )
