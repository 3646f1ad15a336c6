"""The blur in plain PyTorch operations, some rows at a time, so that all scratch memory stays in the processor's cache.

A kernel is separable: with w_d = t^(d^2), the weighted sum is the sum over dy of w_dy times the sum over dx of w_dx x.
Rows at equal distance above and below share their weights and are added first; so are columns left and right.
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from dakpn.model.blur.kernel import reach, sharpness

# Values per thread and block: enough to hide the cost of calling an operation, few enough to stay in a cache.
BLOCK = 65536
# A block is at most this fraction of the image, so that some thirty scratch buffers stay below a few images.
FRACTION = 5
# ... unless the image is so small that its scratch is, too.
SMALLEST = 32768


class _Block:
    """Some rows of all planes (N,H,W): their weights, and their weighted sums in the image padded by `radius`.

    weights: w_0, w_1, ..., each (N,rows,W), as far as they matter; norm: their sum over dx, (N,rows,W).
    """

    def __init__(self, sigma: Tensor, top: int, bottom: int, radius: int):
        self.rows, self.radius = slice(top, bottom), radius
        self.sigma = sigma[:, self.rows]
        self.sharp, self.distance = sharpness(self.sigma), reach(self.sigma, radius)
        self.weights = [(self.sharp * -(d * d)).exp_() for d in range(min(radius, self.distance) + 1)]
        self.norm = 2 * sum(self.weights[1:], torch.zeros_like(self.sigma)) + 1

    def lines(self, padded: Tensor, row: int) -> list[Tensor]:
        """Views (N,rows,W+2r): the rows that lie `row` below and above; a single one for row 0."""
        first, last = self.rows.start + self.radius, self.rows.stop + self.radius
        return [padded[:, first + shift : last + shift] for shift in ((row, -row) if row else (0,))]

    def shifted(self, line: Tensor, column: int) -> Tensor:
        """View (N,rows,W): what lies `column` pixels to the right."""
        return line[..., self.radius + column :][..., : self.sigma.shape[-1]]

    def columns(self, row: int) -> range:
        """The dx > 0 whose weight matters at dy = row."""
        return range(1, 1 + sum(d * d + row * row <= self.distance**2 for d in range(1, len(self.weights))))

    def sums(self, padded: Tensor, *, slope: bool) -> tuple[Tensor, Tensor]:
        """The sums of w_dx w_dy x, and with `slope` of (dx^2 + dy^2) w_dx w_dy x; both (N,rows,W)."""
        total, bent, pair = (torch.zeros_like(self.sigma) for _ in range(3))
        for row, weight in enumerate(self.weights):
            lines = self.lines(padded, row)
            both = lines[0] + lines[1] if row else lines[0]
            line, curve = self.shifted(both, 0).clone(), torch.zeros_like(total) if slope else None
            for column in self.columns(row):
                torch.add(self.shifted(both, column), self.shifted(both, -column), out=pair)
                line.addcmul_(pair, self.weights[column])
                if slope:
                    curve.addcmul_(pair, self.weights[column], value=column * column)
            total.addcmul_(weight, line)
            if slope:
                bent.addcmul_(weight, curve.add_(line, alpha=row * row))
        return total, bent

    def scatter(self, share: Tensor, padded: Tensor) -> None:
        """Adjoint of the weighted sums: add `share` (N,rows,W), spread by the weights, to `padded`."""
        for row, weight in enumerate(self.weights):
            part = share * weight
            line = torch.zeros_like(self.lines(padded, 0)[0])
            self.shifted(line, 0).copy_(part)
            for column in self.columns(row):
                product = part * self.weights[column]
                self.shifted(line, column).add_(product)
                self.shifted(line, -column).add_(product)
            for target in self.lines(padded, row):
                target += line


def _blocks(sigma: Tensor, radius: int) -> Iterator[_Block]:
    """The blocks that cover sigma (N,H,W)."""
    count, height, width = sigma.shape
    budget = min(BLOCK * torch.get_num_threads(), max(SMALLEST, sigma.numel() // FRACTION))
    rows = max(1, budget // (count * (width + 2 * radius)))
    for top in range(0, height, rows):
        yield _Block(sigma, top, min(height, top + rows), radius)


def forward(image: Tensor, sigma: Tensor, radius: int) -> Tensor:
    """The blurred image; image and sigma (N,H,W) of one dtype, float32 or float64."""
    padded, out = F.pad(image, (radius,) * 4, mode="replicate"), torch.empty_like(sigma)
    for block in _blocks(sigma, radius):
        torch.div(block.sums(padded, slope=False)[0], block.norm.square(), out=out[:, block.rows])
    return out


def backward(
    image: Tensor, sigma: Tensor, grad: Tensor, radius: int, wants_image: bool, wants_sigma: bool
) -> tuple[Tensor | None, Tensor | None]:
    """Gradients for image and sigma (each None unless wanted), given that of the result; all (N,H,W)."""
    padded = F.pad(image, (radius,) * 4, mode="replicate")
    spread = torch.zeros_like(padded) if wants_image else None
    grad_sigma = torch.empty_like(sigma) if wants_sigma else None
    for block in _blocks(sigma, radius):
        share = grad[:, block.rows] / block.norm.square()
        if wants_sigma:
            total, bent = block.sums(padded, slope=True)
            moment = sum((d * d * weight for d, weight in enumerate(block.weights)), torch.zeros_like(total))
            moment.mul_(4).div_(block.norm)  # mean of dx^2 + dy^2 under the weights
            slope = bent.addcmul_(total, moment, value=-1).mul_(share)
            torch.mul(slope, block.sharp.square().mul_(block.sigma).mul_(4), out=grad_sigma[:, block.rows])
        if wants_image:
            block.scatter(share, spread)
    if wants_image:
        return torch.ops.aten.replication_pad2d_backward(spread, image, [radius] * 4), grad_sigma
    return None, grad_sigma
