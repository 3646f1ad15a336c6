"""What adversarially trained baselines share: the least-squares loss and the linear end of the learning rate."""

from torch import Tensor


def least_squares(scores: Tensor, goal: float) -> Tensor:
    """Mean squared distance of a discriminator's scores, of any shape, from `goal`: 1 for real, 0 for fake (Mao et al.,
    "Least Squares Generative Adversarial Networks", ICCV 2017)."""
    return (scores - goal).square().mean()


def linear_end(constant: int, iterations: int, i: int) -> float:
    """Factor of the learning rate at iteration `i` from 0: 1 for `constant` iterations, then linear to almost 0 at the
    last of `iterations`, which still learns."""
    return 1 - max(0, i + 1 - constant) / (iterations - constant + 1)
