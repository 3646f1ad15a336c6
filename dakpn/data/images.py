"""Image files as arrays: decoded completely or not at all, and resized the one way this project resizes."""

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from dakpn.errors import InputError

# What Pillow raises for damaged files, depending on where the damage lies: a bad PNG checksum is a SyntaxError.
_DECODING_ERRORS = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)
_AGAIN = "Unpack or copy it again."
_END_MARKS = {"PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9"}


def read_rgb(path: Path) -> np.ndarray:
    """Decode a colour image to (H, W, 3) uint8.

    Grey, palette and RGBA files become RGB (alpha is dropped). EXIF rotation is not applied, because labels are aligned
    with the stored pixels. Raises InputError for a missing or damaged file, for an animation, and for pixels that are
    not 8-bit RGB, grey or palette (CMYK among them: its colours depend on a profile).
    """
    with _opened(path) as image:
        if image.mode not in ("RGB", "RGBA", "L", "P"):
            raise InputError(f"{path}: pixels of mode {image.mode} are not 8-bit colour. Save the image as 8-bit RGB.")
        return np.array(image.convert("RGB"))


def read_indices(path: Path, cure: str) -> np.ndarray:
    """Decode a single-channel PNG (mode L, or P without applying its palette) to the stored (H, W) uint8 values.

    Colours are never looked up: palettes repeat colours (in GTA5 car and license plate share one), so RGB cannot be
    turned back into ids. Raises InputError, ending with `cure`, for any other mode or a lossy format, and for a missing
    or damaged file.
    """
    with _opened(path, decode=False) as image:
        _require_png(path, image.format, cure)
        # Pillow stretches grey values of 2 or 4 bits to 0..255; palette indices of few bits stay as they are.
        stretched = image.mode == "L" and [tile.args for tile in image.tile] != ["L"]
        if image.mode not in ("L", "P") or stretched:
            mode = "grey of less than 8 bits" if stretched else image.mode
            raise InputError(
                f"{path}: a label must be a single-channel 8-bit PNG of class ids but its mode is {mode}; "
                f"ids cannot be recovered from colours. {cure}"
            )
        image.load()
        _require_end(path, image.format)
        return np.array(image)


def read_mask(path: Path, cure: str = _AGAIN) -> np.ndarray:
    """Decode a binary mask PNG, single- or multi-channel, to (H, W) bool: first channel not 0. Raises InputError."""
    with _opened(path) as image:
        _require_png(path, image.format, cure)
        values = np.array(image)
    return (values if values.ndim == 2 else values[..., 0]) != 0


def read_red_16(path: Path, cure: str) -> np.ndarray:
    """Decode the red channel of a 16-bit colour PNG to (H, W) uint8 ids.

    Pillow gives 8 bits of such a file, by default the high ones, which are 0 for every id; told that the bytes of a
    value come in the other order it gives the low ones. Raises InputError, ending with `cure`, for a missing or damaged
    file, for any other kind of PNG, and for values above 255.
    """
    with _opened(path, decode=False) as image:
        if [tile.args for tile in image.tile] != ["RGB;16B"]:
            raise InputError(f"{path}: a label must be a 16-bit PNG with colours, the class in the red channel. {cure}")
        image.tile = [tile._replace(args="RGB;16L") for tile in image.tile]
        image.load()
        _require_end(path, image.format)
        low = np.array(image)[..., 0]
    high = read_rgb(path)[..., 0]
    if high.any():
        raise InputError(f"{path}: holds ids above 255. {cure}")
    return low


def stored_size(path: Path) -> tuple[int, int]:
    """(H, W) from the header alone, without decoding. Raises InputError for a missing or unreadable file."""
    with _opened(path, decode=False) as image:
        return image.height, image.width


def resize_image(
    image: np.ndarray, size: tuple[int, int], method: Image.Resampling = Image.Resampling.BILINEAR
) -> np.ndarray:
    """(H, W, 3) uint8 -> (*size, 3) uint8, bilinear; Pillow widens the filter when it shrinks, so nothing aliases."""
    if image.shape[:2] == tuple(size):
        return image
    return np.array(Image.fromarray(image).resize((size[1], size[0]), method))


def resize_label(label: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W) uint8 ids -> (*size,) uint8, nearest neighbour: no id appears that was not there."""
    return resize_image(label, size, Image.Resampling.NEAREST)


def check_complete(path: Path) -> None:
    """Look at size, header and last bytes without decoding. Raises InputError for a file that cannot be whole."""
    with _opened(path, decode=False) as image:
        _require_end(path, image.format)


@contextmanager
def _opened(path: Path, decode: bool = True) -> Iterator[Image.Image]:
    _require_file(path)
    with _explained(path), Image.open(path) as image:
        if getattr(image, "n_frames", 1) > 1:
            raise InputError(f"{path}: the file is an animation of {image.n_frames} frames. Save the one image as PNG.")
        if decode:
            image.load()
            _require_end(path, image.format)
        yield image


def _require_file(path: Path) -> None:
    if path.is_symlink() and not path.exists():
        raise InputError(f"{path}: the link points to {os.readlink(path)}, which does not exist. Correct the link.")
    if path.is_dir():
        raise InputError(f"{path}: a folder has the name of a file. {_AGAIN}")
    if not path.is_file():
        raise InputError(f"{path}: no such file. {_AGAIN}")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty (0 bytes). {_AGAIN}")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise InputError(f"{path}: no permission to read the file. Give yourself the right (chmod u+r).") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: the file cannot be decoded, it is not an image. {_AGAIN}") from error
    except _DECODING_ERRORS as error:
        raise InputError(f"{path}: the file cannot be decoded ({error}). {_AGAIN}") from error


def _require_png(path: Path, kind: str | None, cure: str) -> None:
    if kind != "PNG":
        raise InputError(f"{path}: a label must be a PNG but this is {kind}, whose compression changes ids. {cure}")


def _require_end(path: Path, kind: str | None) -> None:
    """Pillow accepts a file that lacks only its last bytes, but such a copy was cut short: refuse it."""
    with open(path, "rb") as stream:
        stream.seek(max(0, path.stat().st_size - 1024))
        if _END_MARKS.get(kind, b"") not in stream.read():
            raise ValueError("its end is cut off")
