"""DA-KPN's iteration in the forms that a GPU offers: half precision, CUDA graphs, a compiled discriminator."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest import mock

import torch
import torch._functorch.config

from benchmarks.iteration import ArrayView, Shapes, section_of, untrained


def forms(
    shapes: Shapes, views: tuple[ArrayView, ArrayView], device: torch.device
) -> Iterator[tuple[str, Callable[[], object]]]:
    """(name, iteration): one at a time, because some hold only until the next is asked for.

    With data, in single and in half precision; then each with one batch that lies on the device. On a GPU also each of
    the latter as a CUDA graph, and with the discriminator compiled.
    """
    prepared = {}
    for precision in ("float32", "bfloat16"):
        section = section_of(shapes) | {"precision": precision}
        translator = untrained("dakpn-s", section, shapes.encoder, views, device)
        prepared[precision] = translator.training_step(*views, seed=0, device=device)
        yield f"DA-KPN, {precision}", partial(prepared[precision][0], 0)
    for precision, (step, state) in prepared.items():
        batch = state["batches"].next()
        with mock.patch.object(state["batches"], "next", lambda batch=batch: batch):
            yield f"DA-KPN, {precision}, a batch that lies there", partial(step, 0)
            if device.type == "cuda":
                yield f"DA-KPN, {precision}, CUDA graph", _graphed(step, state).replay
    if device.type == "cuda":
        translator = untrained("dakpn-s", section_of(shapes), shapes.encoder, views, device)
        translator.discriminator.compile()
        step, _ = translator.training_step(*views, seed=0, device=device)
        # Two backward passes share one forward pass, so that its buffers must outlive the first.
        with torch._functorch.config.patch(donated_buffer=False):
            yield "DA-KPN, float32, discriminator compiled", partial(step, 0)


def graph(call: Callable[[], object]) -> torch.cuda.CUDAGraph:
    """The kernels of a call, to be replayed with the tensors that it used."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(side)
    recorded = torch.cuda.CUDAGraph()
    # The thread of a Feed may copy meanwhile.
    with torch.cuda.graph(recorded, capture_error_mode="thread_local"):
        call()
    return recorded


def _graphed(step: Callable[[int], object], state: dict[str, Any]) -> torch.cuda.CUDAGraph:
    """The graph of a whole step that ran before; its optimisers must count on the device."""
    for name in ("kpn_optimiser", "discriminator_optimiser"):
        for group in state[name].param_groups:
            group["capturable"] = True
        for kept in state[name].state.values():
            kept["step"] = kept["step"].cuda()
    return graph(partial(step, 0))
