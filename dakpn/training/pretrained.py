"""Pretrained weights: torchvision's files, fetched once into torch's cache, or a file of the user's; checked by hash.

`python -m dakpn.training.pretrained` fetches all that configurations can name (`make weights`).
"""

import re
import sys
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from dakpn.errors import InputError
from dakpn.files import sha256

FCN = "FCN_ResNet50_Weights.COCO_WITH_VOC_LABELS_V1"
DEEPLAB = "DeepLabV3_ResNet50_Weights.COCO_WITH_VOC_LABELS_V1"
RESNET = "ResNet50_Weights.IMAGENET1K_V2"
VGG = "VGG19_Weights.IMAGENET1K_V1"
OFFICIAL = (FCN, DEEPLAB, RESNET, VGG)
"""torchvision's names of the weights that `coco` and `imagenet` stand for."""
HASHED = re.compile(r"-([0-9a-f]{8})\.\w+$")
"""torchvision's files end in the first digits of their sha256."""


def read_state(weights: str, official: Mapping[str, str], key: str) -> dict[str, Tensor]:
    """The state dict of `weights`, on the CPU.

    weights: a name in `official`, which gives its entry of OFFICIAL and may be downloaded, or the path of a file, .pth
    or .safetensors. key: the setting, as messages name it. Raises InputError for a download that is refused, a file
    that is not there or that cannot be read, and one whose hash is not that in its name.
    """
    path = fetched(official[weights], key) if weights in official else Path(weights)
    if not path.is_file():
        raise InputError(
            f"{key}: no such file: {weights}. Use none, {', '.join(official)} or the path of a state dict."
        )
    check_hash(path, key)
    try:
        state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, "cpu", weights_only=True)
        if not all(isinstance(value, Tensor) for value in state.values()):
            raise TypeError("it holds other things than tensors")
    except Exception as error:  # torch and safetensors raise many kinds
        raise InputError(f"{key}: {path} cannot be read as a state dict ({error}). Fetch the file again.") from error
    return state


def fetched(name: str, key: str = "weights") -> Path:
    """The file of an entry of OFFICIAL in torch's cache, downloaded where it is not there. Raises InputError with what
    to do without a network.
    """
    from torchvision.models import get_weight  # two seconds that other runs need not pay

    url = get_weight(name).url
    path = Path(torch.hub.get_dir(), "checkpoints", url.rpartition("/")[2])
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(url, str(path), HASHED.search(path.name)[1], progress=False)
        except (OSError, RuntimeError, HTTPException) as error:
            raise InputError(
                f"{key}: {url} could not be downloaded ({error}). Fetch it on a machine with a network "
                f"(`make weights`) and put it at {path}, name its path, or set {key}: none."
            ) from error
    return path


def check_hash(path: Path, key: str = "weights") -> None:
    """Raises InputError for a file whose name ends in other digits than its sha256 begins with; other names pass."""
    expected = HASHED.search(path.name)
    if expected and not (found := sha256(path)).startswith(expected[1]):
        raise InputError(
            f"{key}: {path} is damaged or another file: its sha256 begins with {found[:8]}. "
            "Delete it and fetch it again."
        )


def main() -> None:
    """Fetch and check every file of OFFICIAL; print where it lies."""
    try:
        for name in OFFICIAL:
            check_hash(path := fetched(name))
            print(f"{name}: {path}")
    except InputError as error:
        sys.exit(f"ERROR: {error}")


if __name__ == "__main__":
    main()
