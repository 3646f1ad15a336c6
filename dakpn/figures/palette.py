"""The colour and mark of every method, the same in all figures. Their order is that of the plan's labels.

Colours are Okabe and Ito's, distinct for colour-blind readers, the bright ones darkened so that each has a contrast of
3 : 1 both on white and on the page's dark ground. Methods of one family share a colour and differ by their marks.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

INK = "#010203"
"""Stands for the reader's own colour of text: an SVG says `currentColor` in its place."""
BLUE, VERMILION, GREEN, PINK, OCHRE, SKY, GREY = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#A67C00", "#3A95CC", "#7F7F7F"),
)
SERIES = (VERMILION, BLUE, GREEN, PINK, OCHRE, SKY, GREY)
"""Colours of things that are no methods, such as losses."""
GRID = {"color": INK, "alpha": 0.15, "linewidth": 0.8}


class Style(NamedTuple):
    """How a method is drawn: hexadecimal colour and matplotlib's marker."""

    colour: str
    marker: str


METHODS = {
    "identity": Style(INK, "o"),
    "photometric": Style(GREY, "s"),
    "target-statistics": Style(GREY, "D"),
    "colour-transfer": Style(PINK, "v"),
    "histogram-matching": Style(PINK, "^"),
    "fda": Style(PINK, "D"),
    "dakpn-global": Style(OCHRE, "s"),
    "drit": Style(GREEN, "v"),
    "cut": Style(GREEN, "s"),
    "fastcut": Style(GREEN, "D"),
    "gcgan": Style(GREEN, "p"),
    "gcgan-flip": Style(GREEN, "h"),
    "srunit": Style(GREEN, "P"),
    "cyclegan": Style(GREEN, "^"),
    "mct": Style(GREEN, "X"),
    "vsait": Style(SKY, "X"),
    "dakpn": Style(BLUE, "p"),
    "dakpn-s": Style(BLUE, "o"),
    "dakpn-s-released": Style(BLUE, "s"),
    "dakpn-t": Style(VERMILION, "o"),
    "dakpn-t-no-blur": Style(VERMILION, "v"),
    "dakpn-t-no-noise": Style(VERMILION, "s"),
    "dakpn-t-no-affine": Style(VERMILION, "D"),
    "oracle": Style(INK, "*"),
}
_FREE = (Style(colour, marker) for marker in "PhX<>" for colour in (GREY, OCHRE, SKY, BLUE, PINK))
OTHERS = [style for style in _FREE if style not in METHODS.values()]


def styles(methods: Iterable[str]) -> dict[str, Style]:
    """Method -> its style; methods that are not in METHODS take those of OTHERS in turn."""
    methods = list(methods)
    unknown = [name for name in methods if name not in METHODS]
    return METHODS | {name: OTHERS[place % len(OTHERS)] for place, name in enumerate(unknown)}


def method_legend(figure: Figure, labels: Mapping[str, str]) -> None:
    """Name the marks of the methods below the panels, in four columns. labels: method -> label, in display order."""
    looks = styles(labels)
    handles = [
        Line2D([], [], linestyle="none", color=looks[name].colour, marker=looks[name].marker, markersize=7, label=label)
        for name, label in labels.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, handletextpad=0.1)
