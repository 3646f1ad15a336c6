"""A training that is killed and continued beside one that is left alone."""

import pytest
import torch

from dakpn.training.loop import Run, train


def check_killed_training(build, views, folder):
    """Four iterations in one piece, and two and two: histories and networks are equal bit for bit.

    build: seed -> an untrained method of four iterations. Returns the methods trained either way.
    """
    straight = build(0)
    step, state = straight.training_step(*views, seed=5, device="cpu")
    history = train(step, state, iterations=4, seed=5, run=Run(log_every=1))

    run = Run(checkpoint=folder / "rolling.pt", log_every=1, checkpoint_seconds=0)
    step, first = build(0).training_step(*views, seed=5, device="cpu")

    def killed(i):
        if i == 2:
            raise KeyboardInterrupt
        return step(i)

    with pytest.raises(KeyboardInterrupt):
        train(killed, first, iterations=4, seed=5, run=run)
    assert run.checkpoint.is_file()
    # Another initialisation: whatever the checkpoint forgets would show.
    resumed = build(99)
    assert history == resumed.fit(*views, seed=5, device="cpu", run=run)
    for name, network in straight.networks().items():
        for key, value in network.state_dict().items():
            assert torch.equal(value, resumed.networks()[name].state_dict()[key]), f"{name}.{key}"
    return straight, resumed
