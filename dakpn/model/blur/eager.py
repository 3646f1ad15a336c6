"""The blur in plain PyTorch operations, block by block, so that all scratch memory stays in the processor's cache.

The offsets of equal radius share one weight t^(dx^2+dy^2). Per block, the shifted images are summed ring by ring, and
the rings are combined by Horner's rule in t: one fused operation per ring instead of one exponential per offset.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from dakpn.model.blur.block import Block
from dakpn.model.blur.kernel import reach, rings, sharpness

# Values per thread and block: enough to hide the cost of calling an operation, few enough to stay in a cache.
BLOCK = 65536
# A block is at most this fraction of the image, so that some forty scratch buffers stay below a few images.
FRACTION = 5
# ... unless the image is so small that its scratch is, too.
SMALLEST = 32768


class _Rings:
    """Sums over the rings of a loaded block, d2 = squared radius: value = sum of t^d2 x, slope = sum of d2 t^d2 x."""

    def __init__(self, block: Block, distance: int):
        self.block = block
        self.distance = distance
        groups = rings(block.radius, distance)
        squares = [square for square, _ in groups]
        self.gaps = [outer - inner for outer, inner in zip(squares, squares[1:], strict=False)]
        self.powers = {1: block.buffer()}
        for gap in sorted(set(self.gaps)):
            self._plan_power(gap)
        self.columns = [block.lines(block.padded, 0)] + [block.buffer() for _ in range(block.radius)]
        self.sources = [[view for pair in pairs for view in self._views(*pair)] for _, pairs in groups]
        self.value, self.slope, self.ring = block.buffer(), block.buffer(), block.buffer()

    def _plan_power(self, gap: int) -> None:
        if gap not in self.powers:
            self._plan_power(gap // 2)
            self._plan_power(gap - gap // 2)
            self.powers[gap] = self.block.buffer()

    def _views(self, near: int, far: int) -> list[Tensor]:
        shifts = {(row, sign * column) for row, column in ((far, near), (near, far)) for sign in (1, -1)}
        return [self.block.shifted(self.columns[row], column) for row, column in sorted(shifts)]

    def combine(self, t: Tensor, with_slope: bool) -> None:
        """Compute value (and slope) for the block's padded image and t, a buffer."""
        block = self.block
        for row, column in enumerate(self.columns[1:], start=1):
            torch.add(block.lines(block.padded, row), block.lines(block.padded, -row), out=column)
        for gap, power in self.powers.items():
            if gap == 1:
                power.copy_(t)
            else:
                torch.mul(self.powers[gap // 2], self.powers[gap - gap // 2], out=power)
        value, slope, ring = (block.values(flat) for flat in (self.value, self.slope, self.ring))
        value.copy_(_sum(self.sources[0], ring))
        slope.zero_()
        for gap, sources in zip(self.gaps, self.sources[1:], strict=True):
            power = block.values(self.powers[gap])
            if with_slope:
                slope.add_(value, alpha=gap).mul_(power)
            torch.addcmul(_sum(sources, ring), value, power, out=value)


def _sum(sources: list[Tensor], out: Tensor) -> Tensor:
    if len(sources) == 1:
        return sources[0]
    torch.add(sources[0], sources[1], out=out)
    for source in sources[2:]:
        out.add_(source)
    return out


def _weights(t: Tensor, radius: int) -> Iterator[Tensor]:
    """t^1, t^4, t^9 ... up to the radius; one buffer, overwritten by each step."""
    weight, odd, square = torch.ones_like(t), t.clone(), t * t
    for _ in range(radius):
        weight.mul_(odd)
        yield weight
        odd.mul_(square)


def _tiles(image: Tensor, radius: int) -> Iterator[tuple[slice, slice]]:
    """(planes, rows) of the blocks that cover image (N,H,W)."""
    count, height, width = image.shape
    budget = min(BLOCK * torch.get_num_threads(), max(SMALLEST, image.numel() // FRACTION))
    pitch = width + 2 * radius
    rows = min(height, max(1, budget // pitch))
    planes = max(1, budget // (height * pitch)) if rows == height else 1
    for start in range(0, count, planes):
        for top in range(0, height, rows):
            yield slice(start, min(count, start + planes)), slice(top, min(height, top + rows))


def _prepared(image: Tensor, sigma: Tensor, radius: int) -> Iterator[tuple[slice, slice, _Rings | None, Tensor | None]]:
    """Every block with its image loaded and its t; None for both where each kernel is a single pixel."""
    known, current = None, None
    for planes, rows in _tiles(image, radius):
        distance = reach(sigma[planes, rows], radius)
        if distance == 0:
            yield planes, rows, None, None
            continue
        shape = (planes.stop - planes.start, rows.stop - rows.start, image.shape[-1], min(radius, distance))
        if known != (shape, distance):
            current = None  # frees the old scratch first
            known, current = (shape, distance), _Rings(Block(image, *shape), distance)
        current.block.load(image[planes], rows.start)
        t = current.block.buffer()
        current.block.image(t).copy_(sharpness(sigma[planes, rows]).neg_().exp_())
        yield planes, rows, current, t


def forward(image: Tensor, sigma: Tensor, radius: int) -> Tensor:
    """The blurred image; image and sigma (N,H,W) of one dtype, float32 or float64."""
    out = torch.empty(image.shape, dtype=image.dtype, device=image.device)
    for planes, rows, ring, t in _prepared(image, sigma, radius):
        if ring is None:
            out[planes, rows] = image[planes, rows]
            continue
        block = ring.block
        ring.combine(t, with_slope=False)
        norm = torch.zeros_like(t)
        for weight in _weights(t, block.radius):
            norm.add_(weight)
        norm.mul_(2).add_(1).square_()
        torch.div(block.image(ring.value), block.image(norm), out=out[planes, rows])
    return out


def backward(
    image: Tensor, sigma: Tensor, grad: Tensor, radius: int, wants_image: bool, wants_sigma: bool
) -> tuple[Tensor | None, Tensor | None]:
    """Gradients for image and sigma (each None unless wanted), given that of the result; all (N,H,W)."""
    grad_image = torch.zeros(image.shape, dtype=image.dtype, device=image.device) if wants_image else None
    grad_sigma = torch.zeros(image.shape, dtype=image.dtype, device=image.device) if wants_sigma else None
    for planes, rows, ring, t in _prepared(image, sigma, radius):
        if ring is None:
            if wants_image:
                grad_image[planes, rows] += grad[planes, rows]
            continue
        block = ring.block
        norm, moment = torch.zeros_like(t), torch.zeros_like(t)
        for step, weight in enumerate(_weights(t, block.radius), start=1):
            norm.add_(weight)
            moment.add_(weight, alpha=step * step)
        norm.mul_(2).add_(1)
        moment.mul_(4).div_(norm)  # mean of dx^2 + dy^2 under the weights
        share = block.buffer()
        block.image(share).copy_(grad[planes, rows])
        share.div_(norm.square_())
        if wants_sigma:
            ring.combine(t, with_slope=True)
            sharp = sharpness(sigma[planes, rows])
            slope = ring.slope.addcmul_(ring.value, moment, value=-1).mul_(share)
            factor = sharp.square_().mul_(sigma[planes, rows]).mul_(4)
            torch.mul(block.image(slope), factor, out=grad_sigma[planes, rows])
        if wants_image:
            block.add_folded(_scattered(ring, t, share), grad_image[planes], rows.start)
    return grad_image, grad_sigma


def _scattered(ring: _Rings, t: Tensor, share: Tensor) -> Tensor:
    """Adjoint of the weighted sums: share (a buffer, zero between the rows) spread over a padded buffer."""
    block, distance = ring.block, ring.distance
    # The sums are no longer needed: their memory is.
    line, part, part_of_row, weights = ring.value, ring.slope, ring.ring, [t, *ring.columns[1:]]
    for kept, weight in zip(weights[1:], _weights(t, block.radius), strict=True):
        kept.copy_(weight)
    spread = block.buffer(block.rows + 2 * block.radius)
    for row in range(block.radius + 1):
        part_of_row.copy_(share)
        if row:
            part_of_row.mul_(weights[row])
        line.zero_()
        block.shifted(line, 0).copy_(block.values(part_of_row))
        for column in range(1, block.radius + 1):
            if row * row + column * column > distance * distance:
                break
            torch.mul(part_of_row, weights[column], out=part)
            block.shifted(line, column).add_(block.values(part))
            block.shifted(line, -column).add_(block.values(part))
        for sign in (1, -1) if row else (1,):
            block.lines(spread, sign * row).add_(line)
    return spread
