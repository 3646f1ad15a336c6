"""What methods with a generator between images in [-1,1] share, trained on random crops of two domains."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.training.sampling import as_tensor, crops
from dakpn.translation.batch import Batch
from dakpn.translation.translator import Translator


class UnpairedGAN(Translator):
    """A subclass has `crop`, the side of its training crops, in its Config and a network `generator`."""

    def inference_networks(self) -> dict[str, nn.Module]:
        return {"generator": self.generator}

    def check_crop(self, *views: View) -> None:
        """Raise InputError when the crop does not fit into the views' images."""
        for view in views:
            height, width = view.images.shape[1:3]
            if self.config.crop > min(height, width):
                raise InputError(
                    f"crop of {self.label}: a crop of {self.config.crop} does not fit into images of {height}x{width}. "
                    f"Set it to {min(height, width) // 4 * 4} or less."
                )

    def crops(self, view: View, indices: Tensor, device: torch.device | str) -> Tensor:
        """Random crops, flipped with probability one half: (B,) indices -> (B,3,crop,crop) in [-1,1] on `device`.

        The official recipes resize every image and then crop (decision resize-before-crop). A view already has the
        resolution that the task works at, so no image is resized a second time.
        """
        size = (self.config.crop, self.config.crop)
        return as_tensor(crops(view.images, indices, size, flip=True), device).mul_(2).sub_(1)

    @torch.no_grad()
    def translate(self, batch: Batch) -> Tensor:
        """Sides of the images must be 4 or more.

        The generator needs sides divisible by 4: missing rows and columns are added by reflection at the bottom and
        the right and cut off again, so that no image is resampled (decision side-padding).
        """
        height, width = batch.image.shape[-2:]
        padded = F.pad(batch.image, (0, -width % 4, 0, -height % 4), mode="reflect")
        return self.generate(padded * 2 - 1, batch.ids)[..., :height, :width].add(1).div(2)

    def generate(self, image: Tensor, ids: tuple[str, ...]) -> Tensor:
        """Source images (B,3,H,W) in [-1,1], with sides that are multiples of 4, and their ids -> translations."""
        return self.generator.eval()(image)
