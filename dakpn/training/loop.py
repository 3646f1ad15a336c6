"""A training loop that knows no model: steps, seeds, checkpoints, signals, history.

A run that is killed continues from its rolling checkpoint. The checkpoint holds everything the next step depends on
(weights, optimisers, schedulers, samplers, pools, random states), so on a CPU the result equals that of an undisturbed
run bit for bit.
"""

import logging
import math
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from dakpn.files import atomic_path
from dakpn.training.snapshots import Snapshots

log = logging.getLogger(__name__)

SHOWN = 9
"""Values in a line of the log; the history holds all."""


class Stateful(Protocol):
    """Anything that can be saved and continued: networks, optimisers, schedulers, samplers, image pools."""

    def state_dict(self) -> Any: ...

    def load_state_dict(self, state: Any) -> Any: ...


@dataclass(frozen=True)
class Run:
    """Where and how often a training run writes checkpoints and history; nothing here may influence its result.

    checkpoint: rolling checkpoint file, None for runs too short to need one; fingerprint: identity of configuration and
    inputs, a checkpoint of another fingerprint is not continued; log_every: steps between history rows;
    checkpoint_seconds: least time between two checkpoints; snapshots: weights to keep on the way.
    """

    checkpoint: Path | None = None
    fingerprint: str = ""
    log_every: int = 50
    checkpoint_seconds: float = 60.0
    snapshots: Snapshots | None = None


class Interrupted(SystemExit):
    """The run was asked to stop (SIGTERM or SIGINT) and has saved its checkpoint; the exit status is 143."""

    def __init__(self) -> None:
        super().__init__(143)


def train(
    step: Callable[[int], Mapping[str, torch.Tensor | float]],
    state: Mapping[str, Stateful],
    *,
    iterations: int,
    seed: int,
    run: Run = Run(),
) -> list[dict[str, float]]:
    """Call `step(0) ... step(iterations - 1)` and return the history, one row per `run.log_every` steps.

    `step` does one whole training iteration and returns its named losses. `state` names every object that carries
    something from one iteration to the next. History rows hold `step` (1-based) and the mean of each loss since the
    previous row.

    Raises FloatingPointError with all losses when one is not finite, Interrupted on SIGTERM after saving a checkpoint.
    """
    torch.manual_seed(seed)
    state = {**state, "snapshots": run.snapshots} if run.snapshots else state
    start, history = _resume(state, run)
    saved_at = time.monotonic()
    sums: dict[str, float] = {}
    counted, row_began = 0, time.monotonic()
    with _stop_requests() as stop:
        for i in range(start, iterations):
            losses = {name: value.detach() if torch.is_tensor(value) else value for name, value in step(i).items()}
            # One transfer per step would stall a GPU; sums stay on the device until the row is written.
            sums = {name: sums.get(name, 0.0) + value for name, value in losses.items()}
            counted += 1
            done = i + 1
            if run.snapshots:
                run.snapshots.take(done)
            if done % run.log_every == 0 or done == iterations:
                row = {name: float(total) / counted for name, total in sums.items()}
                _check_finite(done, row)
                history.append({"step": done, **row})
                _report(done, iterations, (time.monotonic() - row_began) / counted, row)
                sums, counted, row_began = {}, 0, time.monotonic()
            due = time.monotonic() - saved_at >= run.checkpoint_seconds
            # Checkpoints fall on history rows only, so that a resumed history equals an undisturbed one.
            if run.checkpoint and counted == 0 and done < iterations and (due or stop.is_set()):
                _save(state, run, done, history)
                saved_at = time.monotonic()
            if stop.is_set() and (counted == 0 or not run.checkpoint):
                raise Interrupted
    if run.checkpoint:
        run.checkpoint.unlink(missing_ok=True)
    return history


def _check_finite(step: int, losses: Mapping[str, float]) -> None:
    if not all(map(math.isfinite, losses.values())):
        parts = ", ".join(f"{name} = {value:g}" for name, value in losses.items())
        raise FloatingPointError(f"a loss is not finite at step {step}: {parts}")


def _report(done: int, iterations: int, seconds: float, losses: Mapping[str, float]) -> None:
    minutes, rest = divmod(int(seconds * (iterations - done)), 60)
    parts = "  ".join(f"{name} {value:.4f}" for name, value in list(losses.items())[:SHOWN])
    rate = 1 / max(seconds, 1e-9)
    log.info("step %d/%d  %.2f it/s  ETA %d:%02d  %s", done, iterations, rate, minutes, rest, parts)


def _save(state: Mapping[str, Stateful], run: Run, done: int, history: list[dict[str, float]]) -> None:
    content = {
        "fingerprint": run.fingerprint,
        "step": done,
        "history": history,
        "state": {name: part.state_dict() for name, part in state.items()},
        "rng": torch.get_rng_state(),
        "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    with atomic_path(run.checkpoint) as temporary:
        torch.save(content, temporary)


def _resume(state: Mapping[str, Stateful], run: Run) -> tuple[int, list[dict[str, float]]]:
    if not run.checkpoint or not run.checkpoint.is_file():
        return 0, []
    content = torch.load(run.checkpoint, map_location="cpu", weights_only=True)
    if content["fingerprint"] != run.fingerprint:
        log.info("%s belongs to another configuration: starting anew", run.checkpoint)
        return 0, []
    for name, part in state.items():
        part.load_state_dict(content["state"][name])
    torch.set_rng_state(content["rng"])
    if content["cuda_rng"]:
        torch.cuda.set_rng_state_all(content["cuda_rng"])
    log.info("continuing from step %d of %s", content["step"], run.checkpoint)
    return content["step"], content["history"]


@contextmanager
def _stop_requests():
    """Turn SIGTERM into a flag that the loop reads between two steps; restore the old handler afterwards."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    previous = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, previous)
