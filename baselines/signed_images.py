"""Images in [-1, 1] for the adversarial baselines; views hold uint8, and translators take and give [0, 1]."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.training.sampling import as_tensor, crops


def signed_crops(view: View, indices: Tensor, crop: int, device) -> Tensor:
    """Random crops, flipped with probability one half: (B,) indices -> (B,3,crop,crop) in [-1,1] on `device`.

    Both official recipes resize every image and then crop (decision resize-before-crop). A view already has the
    resolution that the task works at, so the crop is taken from it directly and no image is resized a second time.
    """
    return as_tensor(crops(view.images, indices, (crop, crop), flip=True), device).mul_(2).sub_(1)


def check_crop(view: View, crop: int, method: str) -> None:
    """Raise InputError when the crop does not fit into the view's images; `method` is the label to name."""
    height, width = view.images.shape[1:3]
    if crop > min(height, width):
        raise InputError(
            f"crop of {method}: a crop of {crop} does not fit into images of {height}x{width}. "
            f"Set it to {min(height, width) // 4 * 4} or less."
        )


def translate_unit(generator: Callable[[Tensor], Tensor], image: Tensor) -> Tensor:
    """Run a [-1,1] generator that needs sides divisible by 4 on any (B,3,H,W) in [0,1]; same shape and range out.

    Missing rows and columns are added by reflection at the bottom and the right and cut off again, so that no image is
    resampled (decision side-padding). Sides must be 4 or more.
    """
    height, width = image.shape[-2:]
    padded = F.pad(image, (0, -width % 4, 0, -height % 4), mode="reflect")
    return generator(padded * 2 - 1)[..., :height, :width].add(1).div(2)
