"""PatchNCE: a patch of a translation resembles the patch of the source at its place more than the source's others.

Park et al., "Contrastive Learning for Unpaired Image-to-Image Translation", ECCV 2020, as in the released
implementation.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PatchHead(nn.Sequential):
    """Two linear layers that turn the features of one tap into unit vectors; they start as CUT's other networks do."""

    def __init__(self, channels: int, width: int = 256) -> None:
        super().__init__(nn.Linear(channels, width), nn.ReLU(), nn.Linear(width, width))
        for layer in (self[0], self[2]):
            nn.init.xavier_normal_(layer.weight, gain=0.02)
            nn.init.zeros_(layer.bias)

    def forward(self, feature: Tensor, positions: Tensor) -> Tensor:
        """(B,C,H,W) and (N,) of the H*W positions -> (B,N,width) of length 1."""
        vectors = super().forward(feature.flatten(2)[..., positions].transpose(1, 2))
        return vectors / (vectors.norm(dim=-1, keepdim=True) + 1e-7)


def draw_positions(feature: Tensor, count: int) -> Tensor:
    """(B,C,H,W) -> (N,) different positions out of H*W, `count` or all, from torch's global generator."""
    return torch.randperm(feature[0, 0].numel(), device=feature.device)[:count]


def patch_nce(queries: Tensor, keys: Tensor, temperature: float) -> Tensor:
    """(B,N,width) queries and keys of length 1 -> mean cross-entropy of finding a query's key among those of its image.

    Keys get no gradient. The released code adds a column for the right key and sets its similarity among the others to
    -10: at CUT's temperature, 0.07, the rounding of the sum swallows that term.
    """
    similarity = queries @ keys.detach().transpose(1, 2) / temperature
    right = torch.arange(similarity.shape[1], device=similarity.device).repeat(len(similarity))
    return F.cross_entropy(similarity.flatten(0, 1), right)
