import os
import signal

import pytest
import torch

from dakpn.training.loop import Interrupted, Run, train
from dakpn.training.sampling import IndexSampler
from dakpn.training.stops import STOPS


def problem(seed=0):
    """A small regression with noise from the global generator, so that a lost random state shows."""
    torch.manual_seed(seed)
    network = torch.nn.Linear(3, 1)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.1)
    sampler = IndexSampler(7, 2, seed)

    def step(_):
        x = sampler.next().float().unsqueeze(1).repeat(1, 3) + torch.randn(2, 3)
        loss = (network(x) - 1).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return {"loss": loss}

    return network, step, {"network": network, "optimiser": optimiser, "sampler": sampler}


def test_history_has_mean_losses_and_the_last_step():
    _, step, state = problem()
    history = train(step, state, iterations=5, seed=0, run=Run(log_every=2))
    assert [row["step"] for row in history] == [2, 4, 5]
    assert set(history[0]) == {"step", "loss"}


def test_same_seed_gives_the_same_weights():
    results = []
    for _ in range(2):
        network, step, state = problem()
        train(step, state, iterations=6, seed=3)
        results.append(network.weight.detach().clone())
    assert torch.equal(*results)


@pytest.mark.parametrize("killed_after", [1, 3, 5])
def test_a_killed_run_continues_bit_for_bit(tmp_path, killed_after):
    whole, step, state = problem()
    expected = train(step, state, iterations=8, seed=3, run=Run(log_every=1))

    run = Run(tmp_path / "checkpoint.pt", "same", log_every=1, checkpoint_seconds=0)
    _, step, state = problem()

    def dying(i):
        if i == killed_after:
            raise KeyboardInterrupt
        return step(i)

    with pytest.raises(KeyboardInterrupt):
        train(dying, state, iterations=8, seed=3, run=run)
    network, step, state = problem(seed=99)
    history = train(step, state, iterations=8, seed=3, run=run)
    assert torch.equal(network.weight, whole.weight)
    assert history == expected


@pytest.fixture
def handled():
    """How a signal is handled, during a test."""
    before = {number: signal.getsignal(number) for number in STOPS}
    yield signal.signal
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", STOPS)
@pytest.mark.parametrize("at", range(8))
def test_a_run_that_is_asked_to_stop_saves_at_any_step(tmp_path, handled, number, at):
    """Rows of the history fall on steps 3, 6 and 8 only."""
    handled(number, signal.SIG_DFL)
    whole, step, state = problem()
    expected = train(step, state, iterations=8, seed=3, run=Run(log_every=3))

    run = Run(tmp_path / "checkpoint.pt", "same", log_every=3, checkpoint_seconds=1e9)
    _, step, state = problem()

    def asked_to_stop(i):
        if i == at:
            os.kill(os.getpid(), number)
        return step(i)

    with pytest.raises(Interrupted) as stopped:
        train(asked_to_stop, state, iterations=8, seed=3, run=run)
    assert stopped.value.code == 143
    network, step, state = problem(seed=99)
    steps = []
    history = train(lambda i: steps.append(i) or step(i), state, iterations=8, seed=3, run=run)
    assert steps == list(range(at + 1, 8))
    assert torch.equal(network.weight, whole.weight) and history == expected


def test_under_nohup_a_run_outlives_its_terminal(tmp_path, handled):
    handled(signal.SIGHUP, signal.SIG_IGN)
    run = Run(tmp_path / "checkpoint.pt", checkpoint_seconds=1e9)
    _, step, state = problem()

    def left_alone(i):
        os.kill(os.getpid(), signal.SIGHUP)
        return step(i)

    assert train(left_alone, state, iterations=3, seed=3, run=run)[-1]["step"] == 3
    assert not run.checkpoint.exists() and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


@pytest.mark.parametrize("damage", ["garbage", "truncated", "empty", "one bit", "without seal"])
def test_a_damaged_checkpoint_is_logged_and_training_starts_anew(tmp_path, caplog, damage):
    run = Run(tmp_path / "checkpoint.pt", "same", log_every=1, checkpoint_seconds=0)
    _, step, state = problem()
    expected = train(step, state, iterations=4, seed=3, run=run)
    content = run.checkpoint.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    kinds = {"garbage": b"garbage" * 99, "truncated": content[:-100], "empty": b"", "one bit": bytes(flipped)}
    run.checkpoint.write_bytes({**kinds, "without seal": content[:-32]}[damage])
    network, step, state = problem()
    steps = []
    assert train(lambda i: steps.append(i) or step(i), state, iterations=4, seed=3, run=run) == expected
    assert steps == [0, 1, 2, 3]
    assert f"{run.checkpoint}: its bytes are not those that were written; starting anew" in caplog.text


def test_checkpoint_of_another_configuration_is_not_continued(tmp_path):
    path = tmp_path / "checkpoint.pt"
    _, step, state = problem()

    def dying(i):
        if i == 2:
            raise KeyboardInterrupt
        return step(i)

    with pytest.raises(KeyboardInterrupt):
        train(dying, state, iterations=4, seed=3, run=Run(path, "one", log_every=1, checkpoint_seconds=0))
    steps = []
    _, step, state = problem()
    train(lambda i: steps.append(i) or step(i), state, iterations=4, seed=3, run=Run(path, "two"))
    assert steps == [0, 1, 2, 3]


def test_loss_that_is_not_finite_stops_and_prints_the_parts():
    losses = {"good": torch.tensor(1.0), "bad": torch.tensor(float("nan"))}
    with pytest.raises(FloatingPointError, match="step 1: good = 1, bad = nan"):
        train(lambda i: losses, {}, iterations=3, seed=0, run=Run(log_every=1))
