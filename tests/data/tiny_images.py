"""Tiny images and labels that the tests of the readers write."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (16, 24)


def save(path: Path, pixels: np.ndarray, mode: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels)
    if mode == "P":
        image = Image.fromarray(pixels, "L").convert("P")
        image.putdata(pixels.ravel().tolist())
        # Every colour is black, so whoever decodes by colour gets nothing.
        image.putpalette([0] * 768)
    image.save(path)


def save_16(path: Path, pixels: np.ndarray) -> None:
    """Write (H, W, 3) uint16 as a 16-bit colour PNG, which Pillow cannot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    path.write_bytes(png(pixels.shape[:2], 16, 2, rows))


def png(size: tuple[int, int], bits: int, colour_type: int, rows: bytes) -> bytes:
    """The bytes of a PNG of `size` (height, width) from its filtered rows."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", size[1], size[0], bits, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def picture(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def stripes(ids: list[int], size: tuple[int, int] = SIZE) -> np.ndarray:
    """Label of vertical stripes, one pixel wide, that cycle through `ids`."""
    return np.tile(np.resize(np.array(ids, np.uint8), size[1]), (size[0], 1))
