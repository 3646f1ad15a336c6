"""Image files as arrays: decoded completely or not at all, and resized the one way this project resizes."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from dakpn.errors import InputError

# What Pillow raises for damaged files, depending on where the damage lies: a bad PNG checksum is a SyntaxError.
_DECODING_ERRORS = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)
_END_MARKS = {"PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9"}


def read_rgb(path: Path) -> np.ndarray:
    """Decode a colour image to (H, W, 3) uint8.

    Grey, palette and RGBA files become RGB (alpha is dropped). EXIF rotation is not applied, because labels are aligned
    with the stored pixels. Raises InputError for a missing or damaged file and for pixels of more than 8 bits.
    """
    with _opened(path) as image:
        if image.mode not in ("RGB", "RGBA", "L", "P"):
            raise InputError(f"{path}: pixels of mode {image.mode} are not 8-bit colour. Save the image as 8-bit RGB.")
        return np.array(image.convert("RGB"))


def read_indices(path: Path, cure: str) -> np.ndarray:
    """Decode a single-channel file (mode L, or P without applying its palette) to the stored (H, W) uint8 values.

    Colours are never looked up: palettes repeat colours (in GTA5 car and license plate share one), so RGB cannot be
    turned back into ids. Raises InputError, ending with `cure`, for any other mode, and for a missing or damaged file.
    """
    with _opened(path) as image:
        if image.mode not in ("L", "P"):
            raise InputError(
                f"{path}: a label must be a single-channel PNG of class ids but its mode is {image.mode}; "
                f"ids cannot be recovered from colours. {cure}"
            )
        return np.array(image)


def read_mask(path: Path) -> np.ndarray:
    """Decode a binary mask, single- or multi-channel, to (H, W) bool: first channel not 0. Raises InputError."""
    with _opened(path) as image:
        values = np.array(image)
    return (values if values.ndim == 2 else values[..., 0]) != 0


def stored_size(path: Path) -> tuple[int, int]:
    """(H, W) from the header alone, without decoding. Raises InputError for a missing or unreadable file."""
    with _opened(path, decode=False) as image:
        return image.height, image.width


def resize_image(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W, 3) uint8 -> (*size, 3) uint8, bilinear; Pillow widens the filter when it shrinks, so nothing aliases."""
    if image.shape[:2] == tuple(size):
        return image
    return np.array(Image.fromarray(image).resize((size[1], size[0]), Image.Resampling.BILINEAR))


def resize_label(label: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W) uint8 ids -> (*size,) uint8, nearest neighbour: no id appears that was not there."""
    if label.shape == tuple(size):
        return label
    return np.array(Image.fromarray(label).resize((size[1], size[0]), Image.Resampling.NEAREST))


@contextmanager
def _opened(path: Path, decode: bool = True) -> Iterator[Image.Image]:
    if not path.is_file():
        raise InputError(f"{path}: no such file. Unpack it again from the data set's archive.")
    try:
        with Image.open(path) as image:
            if decode:
                image.load()
                _require_end(path, image.format)
            yield image
    except _DECODING_ERRORS as error:
        raise InputError(
            f"{path}: the file cannot be decoded ({error}). Unpack it again from the data set's archive."
        ) from error


def _require_end(path: Path, file_format: str | None) -> None:
    """Pillow accepts a file that lacks only its last bytes, but such a copy was cut short: refuse it."""
    with open(path, "rb") as stream:
        stream.seek(max(0, path.stat().st_size - 1024))
        if _END_MARKS.get(file_format, b"") not in stream.read():
            raise ValueError("its end is cut off")
