"""Image sizes: parsed and printed in one place."""

from typing import Annotated, NamedTuple

from pydantic import Field

Side = Annotated[int, Field(ge=8)]


class Size(NamedTuple):
    """Height and width of an image in pixels; its text, in paths, tables and wildcards, is "96x160"."""

    height: Side
    width: Side

    def __str__(self) -> str:
        return f"{self.height}x{self.width}"

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.height * self.width

    @classmethod
    def parse(cls, text: str) -> "Size":
        """The inverse of `str`. Raises ValueError for another text."""
        height, width = text.split("x")
        return cls(int(height), int(width))
