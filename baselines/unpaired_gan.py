"""What methods with a generator between images in [-1,1] share, trained on random crops of two domains."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.training.feed import Feed
from dakpn.training.sampling import IndexSampler, as_images, crops, pixels
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

    def pairs(self, source: View, target: View, *, seed: int, device: torch.device | str) -> "CropPairs":
        """Source images walked in epochs, target images drawn with replacement, as CycleGAN's and CUT's codes do.

        Raises InputError as `check_crop`.
        """
        self.check_crop(source, target)
        samplers = {"source": IndexSampler(len(source), self.config.batch, seed)}
        return CropPairs({"source": source, "target": target}, samplers, self.config.crop, seed=seed, device=device)

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


class CropPairs(Feed):
    """Random crops of source and target, flipped with probability one half: two (B,3,crop,crop) in [-1,1].

    samplers: indices of "source" and "target"; without the latter, target images are drawn with replacement. The
    official recipes resize every image and then crop (decision resize-before-crop). A view already has the resolution
    that the task works at, so no image is resized a second time.
    """

    def __init__(
        self,
        views: Mapping[str, View],
        samplers: Mapping[str, IndexSampler],
        crop: int,
        *,
        seed: int,
        device: torch.device | str,
    ) -> None:
        self._views, self._crop = views, crop
        super().__init__(samplers, seed=seed, device=device)

    def read(self, generator: torch.Generator) -> tuple[Tensor, ...]:
        count, batches = self._samplers["source"].batch, []
        for domain, view in self._views.items():
            if domain in self._samplers:
                indices = self._samplers[domain].next()
            else:
                indices = torch.randint(len(view), (count,), generator=generator)
            size = (self._crop, self._crop)
            batches.append(pixels(crops(view.images, indices, size, flip=True, generator=generator)))
        return tuple(batches)

    def finish(self, batch: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(as_images(one).mul_(2).sub_(1) for one in batch)
