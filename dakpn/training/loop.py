"""A training loop that knows no model: steps, seeds, checkpoints, signals, history.

A run that is killed continues from its rolling checkpoint, a run that is asked to stop saves one first. The checkpoint
holds everything the next step depends on (weights, optimisers, schedulers, samplers, pools, random states), so on a CPU
the result and its history equal those of an undisturbed run bit for bit.
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

from dakpn.training import checkpoint, heartbeat, ranks
from dakpn.training.snapshots import Snapshots
from dakpn.training.stops import STOPPED, answered

log = logging.getLogger(__name__)

SHOWN = 9
"""Values in a line of the log; the history holds all."""
SHARE = 50
"""A checkpoint is written once in at least so many times what the last one took: they cost 2 % at most."""


class Stateful(Protocol):
    """Anything that can be saved and continued: networks, optimisers, schedulers, samplers, image pools."""

    def state_dict(self) -> Any: ...

    def load_state_dict(self, state: Any) -> Any: ...


@dataclass(frozen=True)
class Run:
    """Where and how often a training run writes checkpoints and history; nothing here may influence its result.

    checkpoint: rolling checkpoint file, None for runs too short to need one, left there at the end: whoever called has
    yet to store the result; fingerprint: identity of configuration and inputs, a checkpoint of another fingerprint is
    not continued; log_every: steps between history rows; checkpoint_seconds: least time between two checkpoints,
    0 for one after every step; snapshots: weights to keep on the way.
    """

    checkpoint: Path | None = None
    fingerprint: str = ""
    log_every: int = 50
    checkpoint_seconds: float = 60.0
    snapshots: Snapshots | None = None


class Interrupted(SystemExit):
    """The run was asked to stop (SIGTERM, SIGINT or SIGHUP) and has saved its checkpoint; the exit status is 143."""

    def __init__(self) -> None:
        super().__init__(STOPPED)


def train(
    step: Callable[[int], Mapping[str, torch.Tensor]],
    state: Mapping[str, Stateful],
    *,
    iterations: int,
    seed: int,
    run: Run = Run(),
) -> list[dict[str, float]]:
    """Call `step(0) ... step(iterations - 1)` and return the history, one row per `run.log_every` steps.

    `step` does one whole training iteration and returns its named losses, scalars on one device. `state` names every
    object that carries something from one iteration to the next. History rows hold `step` (1-based) and the mean of
    each loss since the previous row.

    As one rank of several (`dakpn.training.ranks`) it computes its part; the first one writes checkpoints.

    Raises FloatingPointError with all losses when one is not finite, Interrupted on SIGTERM, SIGINT and SIGHUP after
    the step that they come in and a checkpoint; a SIGHUP that is ignored, as under nohup, stays so.
    """
    torch.manual_seed(seed)
    state = {**state, "snapshots": run.snapshots} if run.snapshots else state
    history: list[dict[str, float]] = []
    start, sums, counted = _resume(state, run, history)
    saved_at = row_began = time.monotonic()
    timed, saving = start, 0.0
    with _stop_requests() as stop, ranks.joined(state.values()):
        for i in range(start, iterations):
            names, values = zip(*step(i).items(), strict=True)
            losses = torch.stack([value.detach() for value in values])
            # One transfer per step would stall a GPU; sums stay on the device until the row is written, in one tensor.
            sums = losses + sums.to(losses.device) if counted else losses
            counted, done = counted + 1, i + 1
            if run.snapshots:
                run.snapshots.take(done)
            heartbeat.beat(done, iterations, history[-1] if history else None)
            if done % run.log_every == 0 or done == iterations:
                totals = ranks.mean(sums).tolist()
                row = {name: total / counted for name, total in zip(names, totals, strict=True)}
                _check_finite(done, row)
                history.append({"step": done, **row})
                _report(done, iterations, (time.monotonic() - row_began) / (done - timed), row)
                counted, timed, row_began = 0, done, time.monotonic()
            wait = run.checkpoint_seconds and max(run.checkpoint_seconds, SHARE * saving)
            due = done < iterations and time.monotonic() - saved_at >= wait
            stopping = ranks.any_of(stop.is_set())
            if run.checkpoint and ranks.is_first() and (due or stopping):
                began = time.monotonic()
                progress = {"step": done, "history": history, "sums": sums, "counted": counted}
                parts = {name: part.state_dict() for name, part in state.items()}
                checkpoint.save(run.checkpoint, {"fingerprint": run.fingerprint, **progress, "state": parts})
                saved_at = time.monotonic()
                saving = saved_at - began
            if stopping:
                log.info("asked to stop: ending after step %d/%d", done, iterations)
                raise Interrupted
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


def _resume(state: Mapping[str, Stateful], run: Run, history: list[dict[str, float]]) -> tuple[int, torch.Tensor, int]:
    """Steps done, and the losses summed since the last row with their number; rows go to `history`."""
    content = checkpoint.load(run.checkpoint) if run.checkpoint and run.checkpoint.is_file() else None
    if content and content["fingerprint"] != run.fingerprint:
        log.info("%s belongs to another configuration: starting anew", run.checkpoint)
        content = None
    if not content:
        return 0, torch.zeros(0), 0
    for name, part in state.items():
        part.load_state_dict(content["state"][name])
    checkpoint.restore_random_states(content)
    history += content["history"]
    log.info("continuing from step %d of %s", content["step"], run.checkpoint)
    return content["step"], content["sums"], content["counted"]


@contextmanager
def _stop_requests():
    """Turn signals to stop into a flag that the loop reads after a step; restore the old handlers afterwards."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    previous = {number: signal.signal(number, lambda *_: stop.set()) for number in answered()}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
