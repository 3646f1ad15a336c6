"""Translating a data set at the paper's size: images per second of every stage, and of the whole."""

import shutil
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import torch
from PIL import Image

from benchmarks.comparison import Row, alone, beside_literal, seconds
from benchmarks.literal import unfolded_blur
from dakpn.data import READERS
from dakpn.data.images import resize_image
from dakpn.data.views import View, write_view
from dakpn.efficiency.computation import PAPER_SEGMENTER, build_translator
from dakpn.model.dakpn import DAKPN
from dakpn.procedural import generate
from dakpn.segmentation.contract import SegmenterConfig
from dakpn.translation.dataset import COMPRESSION, batch_of, translate_rows, translate_view

PART = "translation"


def translation_rows(
    *,
    image: tuple[int, int] = (720, 1280),
    low: tuple[int, int] = (96, 160),
    count: int = 16,
    encoder: SegmenterConfig = PAPER_SEGMENTER,
    repeats: int,
    device: torch.device,
) -> list[Row]:
    """DA-KPN-S on procedural camera images: one image against the literal form, and images/s of each stage.

    Camera images, because their noise makes PNG files as large as real ones. The literal form translates an image in 64
    tiles with the literal blur, as the released code does.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        generate("cityscapes", folder / "data", counts={"train": count, "val": 1, "test": 1}, size=image, seed=0)
        reader = READERS["cityscapes"](folder / "data", "train")
        write_view(reader, folder / "source", image_size=image, low_size=low)
        view = View.open(folder / "source")
        ours, literal = (_translator(tiling, image, low, encoder, device) for tiling in ("full", "tiles"))
        rows = _one_image(ours, literal, view, repeats, device)

        def decode() -> None:
            for item in range(count):
                resize_image(reader.image(item), image)

        translated = translate_rows(ours, view, slice(1), device)

        def encode() -> None:
            for item in range(count):
                Image.fromarray(translated[0]).save(folder / f"{item}.png", compress_level=COMPRESSION)

        def compute() -> None:
            for item in range(count):
                translate_rows(ours, view, slice(item, item + 1), device)

        def whole() -> None:
            paths = {part: folder / f"translated-{part}" for part in ("images", "partial")}
            shutil.rmtree(folder / "view", ignore_errors=True)
            translate_view(ours, view, device, translated=folder / "view", **paths)

        for stage, call in (
            ("decoding and resizing, once per data set, one thread", decode),
            ("encoder and T", compute),
            ("encoding, one thread", encode),
            ("whole, from a view to PNG files and a view", whole),
        ):
            rates = [count / value for value in seconds(call, repeats=repeats, device=torch.device("cpu"))]
            rows.append(alone(PART, stage, rates, "images/s"))
    return rows


def _translator(tiling, image, low, encoder, device):
    torch.manual_seed(0)
    # A blur that shows: at the start of training most weights vanish and are skipped.
    section = DAKPN.Config(tiling=tiling, sigma_start=1.0)
    return build_translator(DAKPN, section, encoder=encoder, image_size=image, low_size=low).to(device)


def _one_image(ours, literal, view: View, repeats: int, device: torch.device) -> list[Row]:
    batch = batch_of(view, slice(1), device)

    def tile_by_tile() -> None:
        with mock.patch("dakpn.model.transforms.local_gaussian_blur", _one_by_one):
            literal.translate(batch)

    name = f"DA-KPN, encoder and T, one {view.image_size[0]}x{view.image_size[1]} image"
    return beside_literal(PART, tile_by_tile, {name: partial(ours.translate, batch)}, repeats=repeats, device=device)


def _one_by_one(image: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """The literal blur of one tile after the other: all at once would need tens of gigabytes."""
    return torch.cat([unfolded_blur(*tile) for tile in zip(image.split(1), sigma.split(1), strict=True)])
