"""Scratch memory for one block of image rows, laid out so that every shift is one contiguous range."""

import torch
from torch import Tensor


class Block:
    """`planes` x `rows` rows of `width` pixels with `radius` pixels of margin on all four sides.

    Rows are padded to `pitch`. The first `count` values of a flat buffer cover all pixels and, between the rows,
    numbers that nobody reads; they leave out the last margin, so that no shift of this range leaves the buffer.
    """

    def __init__(self, like: Tensor, planes: int, rows: int, width: int, radius: int):
        self.planes, self.rows, self.width, self.radius = planes, rows, width, radius
        self.pitch = width + 2 * radius
        self.count = rows * self.pitch - 2 * radius
        self._like = like
        self.padded = self.buffer(rows + 2 * radius)

    def buffer(self, rows: int | None = None) -> Tensor:
        """Zeros (planes, rows * pitch)."""
        return self._like.new_zeros(self.planes, (self.rows if rows is None else rows) * self.pitch)

    def image(self, flat: Tensor) -> Tensor:
        """(planes,rows,width) view of a buffer."""
        return flat.view(self.planes, self.rows, self.pitch)[..., : self.width]

    def values(self, flat: Tensor) -> Tensor:
        """(planes,count) view of a buffer."""
        return flat[:, : self.count]

    def shifted(self, flat: Tensor, column: int) -> Tensor:
        """(planes,count): what lies `column` pixels to the right, in a buffer whose rows start with a margin."""
        return flat[:, self.radius + column :][:, : self.count]

    def lines(self, padded: Tensor, row: int) -> Tensor:
        """The rows, margins included, that lie `row` rows below, in a padded buffer."""
        start = (self.radius + row) * self.pitch
        return padded[:, start : start + self.rows * self.pitch]

    def load(self, planes: Tensor, top: int) -> None:
        """Copy the rows from top - radius on of planes (n,H,width), borders replicated, to `padded`."""
        margin = self.radius
        window = self.padded.view(self.planes, -1, self.pitch)
        rows = torch.arange(top - margin, top + self.rows + margin, device=planes.device).clamp_(0, planes.shape[1] - 1)
        window[..., margin : margin + self.width] = planes[:, rows]
        window[..., :margin] = planes[:, rows, :1]
        window[..., margin + self.width :] = planes[:, rows, -1:]

    def add_folded(self, padded: Tensor, planes: Tensor, top: int) -> None:
        """Adjoint of load: add a padded buffer to planes (n,H,width), margins to the border pixels they replicate."""
        margin = self.radius
        window = padded.view(self.planes, -1, self.pitch)
        window[..., margin] += window[..., :margin].sum(-1)
        window[..., margin + self.width - 1] += window[..., margin + self.width :].sum(-1)
        rows = torch.arange(top - margin, top + self.rows + margin, device=planes.device).clamp_(0, planes.shape[1] - 1)
        planes.index_add_(1, rows, window[..., margin : margin + self.width])
