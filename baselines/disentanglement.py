"""Encoders and decoders of both domains of DRIT++, and the translations among them that training looks at."""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from baselines.drit_networks import AttributeEncoder, ContentEncoder, Decoder
from baselines.resnet_generator import ResidualBlock

OTHER = {"source": "target", "target": "source"}
"""Each domain and the other one."""
Images = dict[str, Tensor]
"""One batch of each domain, (B,3,h,w) in [-1,1]."""


class Translations(NamedTuple):
    """What one forward pass makes; the domain of an image is the one whose decoder made it.

    content: noisy codes; posterior: mean and log-variance of attributes; swapped: the other domain's content with an
    own attribute; own: both own; cycle: swapped twice; random: the other domain's content with each of z (k,B,n).
    """

    content: Images
    posterior: dict[str, tuple[Tensor, Tensor]]
    swapped: Images
    own: Images
    cycle: Images
    random: dict[str, tuple[Tensor, ...]]
    z: Tensor


class Disentanglement(nn.Module):
    """Per domain an encoder of content, one of attribute and a decoder; one block of either kind of content is shared.

    21,270,982 parameters at the defaults.
    """

    def __init__(self, width: int = 64, blocks: int = 3, attributes: int = 8) -> None:
        super().__init__()
        shared, encoder = partial(ResidualBlock, 4 * width), partial(ContentEncoder, width, blocks)
        decoder = partial(Decoder, width, blocks, attributes)
        self.content = nn.ModuleDict({"source": encoder(), "target": encoder(), "shared": shared()})
        self.attribute = nn.ModuleDict({d: AttributeEncoder(width, attributes) for d in OTHER})
        self.decoder = nn.ModuleDict({"source": decoder(), "target": decoder(), "shared": shared()})

    def encode(self, domain: str, image: Tensor) -> Tensor:
        """(B,3,h,w) in [-1,1] -> content (B,4w,h/4,w/4) without noise."""
        return self.content["shared"](self.content[domain](image))

    def decode(self, domain: str, content: Tensor, attribute: Tensor) -> Tensor:
        """Content and attribute (B,n) -> images of the domain."""
        return self.decoder[domain](self.decoder["shared"](content), attribute)

    def contents(self, images: Images) -> Images:
        """The contents of each domain's images with the noise of training, N(0,1) per entry."""
        codes = {d: self.encode(d, image) for d, image in images.items()}
        return {d: code + torch.randn_like(code) for d, code in codes.items()}

    def translations(self, real: Images, count: int) -> Translations:
        """Everything that the losses of one full update look at, with `count` random attributes."""
        content = self.contents(real)
        posterior = {d: self.attribute[d](image) for d, image in real.items()}
        z = torch.randn(count, *posterior["source"][0].shape, device=content["source"].device)
        swapped, own, random = {}, {}, {}
        for d, other in OTHER.items():
            attribute = _sampled(*posterior[d])
            # One pass each for what the two gradients come from: nothing is normalised across a batch.
            codes = torch.cat([content[other], content[d]])
            swapped[d], own[d] = self.decode(d, codes, attribute.repeat(2, 1)).chunk(2)
            random[d] = self.decode(d, content[other].repeat(count, 1, 1, 1), z.flatten(0, 1)).chunk(count)
        # An image swapped into d holds the content of the other domain.
        again = self.contents(swapped)
        attributes = {d: _sampled(*self.attribute[d](image)) for d, image in swapped.items()}
        cycle = {d: self.decode(d, again[other], attributes[d]) for d, other in OTHER.items()}
        return Translations(content, posterior, swapped, own, cycle, random, z)


def _sampled(mean: Tensor, log_variance: Tensor) -> Tensor:
    """A draw from N(mean, variance) through which gradients reach both."""
    return mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
