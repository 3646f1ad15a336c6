"""Translating a data set: every image of a view, once, in order, written without loss; a killed run continues."""

import os
import shutil
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dakpn.data.views import View, write_image_view
from dakpn.files import atomic_path
from dakpn.training import heartbeat
from dakpn.training.sampling import as_bytes, as_tensor
from dakpn.translation.batch import Batch
from dakpn.translation.translator import Translator

COMPRESSION = 1
"""zlib level of PNG files: higher levels cost more time than the space is worth."""


def batch_of(view: View, rows: slice, device: torch.device | str) -> Batch:
    """The items of `rows`, both images as float tensors on the device."""
    return Batch(tuple(view.ids[rows]), as_tensor(view.images[rows], device), as_tensor(view.low[rows], device))


def translate_rows(translator: Translator, view: View, rows: slice, device: torch.device | str) -> np.ndarray:
    """(B,H,W,3) uint8 translations of the images of `rows`."""
    with torch.no_grad():
        images = translator.translate(batch_of(view, rows, device))
    return as_bytes(images, getattr(translator.config, "rounding", "nearest"))


def translations(
    translator: Translator, view: View, device: torch.device | str, *, batch: int = 8
) -> Iterator[np.ndarray]:
    """Yield the (H,W,3) uint8 translation of every image of the view, in the view's order."""
    for start in range(0, len(view), batch):
        yield from translate_rows(translator, view, slice(start, start + batch), device)


def write_images(
    translator: Translator,
    view: View,
    device: torch.device | str,
    folder: str | Path,
    *,
    batch: int = 8,
    shard: int = 0,
    shards: int = 1,
) -> None:
    """Write the translations of a view as <id>.png into `folder`, but for those that lie there already.

    A later call goes on where a killed one stopped, batch by batch, so that the result is that of an undisturbed run;
    the folder must belong to this translator and view alone. shard, shards: write only every `shards`-th batch from
    number `shard` on, so that jobs can divide a data set between them. PNG because a lossy file would change every
    score measured on it. Files are encoded in threads while the next batch is computed.
    Raises InputError, before anything is written, for what the translator's `check` finds.
    """
    translator.check(view)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as encoders:
        pending: deque[Future] = deque()
        for start in range(shard * batch, len(view), shards * batch):
            rows = slice(start, start + batch)
            files = [folder / f"{name}.png" for name in view.ids[rows]]
            # A file under its final name is whole; a batch that lacks one is computed again as it was.
            if all(file.exists() for file in files):
                continue
            for file, image in zip(files, translate_rows(translator, view, rows, device), strict=True):
                pending.append(encoders.submit(_write, file, image))
            heartbeat.beat(min(start + batch, len(view)), len(view))
            while len(pending) > 4 * batch:
                pending.popleft().result()
        for written in pending:
            written.result()


def translate_view(
    translator: Translator,
    view: View,
    device: torch.device | str,
    *,
    images: str | Path,
    translated: str | Path,
    partial: str | Path,
    batch: int = 8,
) -> None:
    """Write the translations of a view as <id>.png in the folder `images`, and as a view with the source's labels.

    translated: folder of that view. partial: folder that finished files lie in until all are there, see
    `write_images`. `images` and `translated` appear complete or not at all.
    """
    images, partial = Path(images), Path(partial)
    write_images(translator, view, device, partial, batch=batch)
    stored = (np.asarray(Image.open(partial / f"{name}.png")) for name in view.ids)
    write_image_view(translated, view.ids, stored, like=view)
    if images.is_dir():
        shutil.rmtree(images)
    os.replace(partial, images)


def save_samples(
    translator: Translator, view: View, device: torch.device | str, path: str | Path, *, count: int
) -> None:
    """Write the first `count` images with their translations, and what the method can show of itself, as .npz."""
    rows = slice(count)
    with torch.no_grad():
        shown = translator.explain(batch_of(view, rows, device))
    translated = translate_rows(translator, view, rows, device)
    with atomic_path(path) as temporary:
        np.savez_compressed(
            temporary, ids=np.array(view.ids[rows]), source=view.images[rows], translation=translated, **shown
        )


def _write(file: Path, image: np.ndarray) -> None:
    with atomic_path(file) as temporary:
        Image.fromarray(image).save(temporary, compress_level=COMPRESSION)
