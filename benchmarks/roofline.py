"""`python -m benchmarks.roofline` writes docs/roofline.md: what operations and memory imply for three cards."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import torch

from benchmarks.fake_device import Call, FakeDevice
from benchmarks.iteration import OFFLINE, PAPER, computing_methods, mapped_views, untrained
from benchmarks.kernels import ARCHITECTURES, compiled
from benchmarks.price import PEAKS
from dakpn.files import atomic_path
from dakpn.translation.batch import Batch

PAGE = Path(__file__).parents[1] / "docs" / "roofline.md"


class Card(NamedTuple):
    """Published peaks: operations per second of convolutions and of all else, see PEAKS, and bytes per second of its
    memory."""

    convolved: float
    plain: float
    memory: float

    def seconds(self, calls: list[Call]) -> float:
        """Every operation takes the longer of computing and moving, and none overlaps with another."""
        return sum(
            max(call.convolved / self.convolved + call.plain / self.plain, call.moved / self.memory) for call in calls
        )


MEMORY = {"A5000": 768e9, "A100": 2039e9, "H100 SXM": 3352e9}
"""Bytes per second by NVIDIA's data sheets; the A100's is that with 80 GB."""
CARDS = {name: Card(*PEAKS[name], memory) for name, memory in MEMORY.items()}
HEAD = """# What operations and memory imply

**Computed, not measured**, by `python -m benchmarks.roofline`, which writes this page. Every method runs at the
paper's shapes on a device without values (`benchmarks/fake_device.py`). Convolutions and products are counted by
`torch.utils.flop_counter`; every operation reads and writes each of its tensors once. A card's time is the sum over
operations of the longer of computing and moving, at published peaks. A real card reaches a part of its peaks and
loses time between operations; it gains where an operation finds its input in a cache. A measured time far above these
has a cause to look for.

The paper gives 1.42 s for an iteration of DA-KPN and 0.52 s for a translated image, on an A5000. `make gpu-check`
measures both.

{cards}

"""
KERNELS = """
## The blur's kernels

Compiled without a GPU for the paper's window. No thread needs memory beside its registers, and no block shares any.

"""


def counted(name: str, *, translating: bool) -> FakeDevice:
    """One iteration of a method at the paper's settings, or one translated image."""
    with mapped_views(PAPER._replace(images=2)) as views, FakeDevice("meta") as device:
        translator = untrained(name, OFFLINE.get(name, {}), PAPER.encoder, views, torch.device("meta"))
        if translating:
            batch = Batch(("a",), *(torch.zeros(1, 3, *size, device="meta") for size in (PAPER.image, PAPER.low)))
            # The noise is drawn once.
            translator.translate(batch)
            call = partial(translator.translate, batch)
        else:
            step, _ = translator.training_step(*views, seed=0, device="meta")
            # Some losses begin late.
            call = partial(step, translator.config.iterations - 1)
        device.calls.clear()
        call()
    return device


def rows(names: list[str]) -> Iterator[dict[str, str]]:
    """A row of the page for each method's iteration, then one for each translated image."""
    for translating in (False, True):
        for name in names:
            method = computing_methods()[name]
            found = counted(name, translating=translating)
            batch = method.settings["batch"]
            what = "one 720x1280 image" if translating else f"iteration, {batch} of either domain"
            yield {
                "method": method.label,
                "what": what,
                "TFLOP, convolutions": f"{sum(call.convolved for call in found.calls) / 1e12:.3g}",
                "TFLOP, products and blur": f"{sum(call.plain for call in found.calls) / 1e12:.3g}",
                "GB moved": f"{sum(call.moved for call in found.calls) / 1e9:.3g}",
                "operations": str(len(found.calls)),
                "GiB of tensors": f"{found.peak / 2**30:.2g}",
            } | {f"{card}, ms": f"{1000 * CARDS[card].seconds(found.calls):.3g}" for card in CARDS}


def page() -> str:
    """docs/roofline.md."""
    names = [name for name, method in computing_methods().items() if method.optimised]
    table = pd.DataFrame(rows(names)).to_markdown(index=False, disable_numparse=True)
    peaks = [
        {
            "card": name,
            "TFLOP/s, TF32 (convolutions)": card.convolved / 1e12,
            "TFLOP/s, float32": card.plain / 1e12,
            "GB/s": card.memory / 1e9,
        }
        for name, card in CARDS.items()
    ]
    cards = pd.DataFrame(peaks).to_markdown(index=False)
    kernels = pd.DataFrame(compiled())
    kernels["architecture"] = [f"sm_{number} ({ARCHITECTURES[number]})" for number in kernels["architecture"]]
    return HEAD.format(cards=cards) + table + "\n" + KERNELS + kernels.to_markdown(index=False) + "\n"


if __name__ == "__main__":
    with atomic_path(PAGE) as temporary:
        temporary.write_text(page(), encoding="utf-8")
