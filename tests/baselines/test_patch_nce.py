"""PatchNCE: the released form term by term, what gets a gradient, and the heads."""

import math

import pytest
import torch

from baselines.patch_nce import PatchHead, draw_positions, patch_nce

TEMPERATURE = 0.07


def unit(*shape, seed=0):
    x = torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return x / x.norm(dim=-1, keepdim=True)


def released(queries, keys):
    """One query at a time: its key first, then all keys of its image, its own with similarity -10."""
    losses = []
    for q, k in zip(queries, keys, strict=True):
        for i in range(len(q)):
            others = [-10.0 if j == i else (q[i] * k[j]).sum().item() for j in range(len(k))]
            logits = [x / TEMPERATURE for x in [(q[i] * k[i]).sum().item(), *others]]
            losses.append(math.log(sum(math.exp(x) for x in logits)) - logits[0])
    return sum(losses) / len(losses)


def test_loss_is_the_released_one():
    queries, keys = unit(2, 6, 4), unit(2, 6, 4, seed=1)
    assert patch_nce(queries, keys, TEMPERATURE).item() == pytest.approx(released(queries, keys), rel=1e-12)


def test_negatives_come_from_the_same_image():
    queries, keys = unit(2, 6, 4), unit(2, 6, 4, seed=1)
    each = [patch_nce(queries[i : i + 1], keys[i : i + 1], TEMPERATURE) for i in range(2)]
    assert patch_nce(queries, keys, TEMPERATURE).item() == pytest.approx(torch.stack(each).mean().item())


def test_equal_vectors_everywhere_cannot_be_told_apart_and_orthogonal_ones_can():
    same = unit(1, 1, 4).expand(1, 16, 4)
    assert patch_nce(same, same, TEMPERATURE).item() == pytest.approx(math.log(16))
    basis = torch.eye(8, dtype=torch.float64)[None]
    assert patch_nce(basis, basis, TEMPERATURE).item() == pytest.approx(math.log1p(7 * math.exp(-1 / 0.07)))


def test_keys_get_no_gradient():
    queries, keys = unit(1, 6, 4).requires_grad_(), unit(1, 6, 4, seed=1).requires_grad_()
    patch_nce(queries, keys, TEMPERATURE).backward()
    assert keys.grad is None and queries.grad.abs().max() > 0


@pytest.mark.parametrize(("channels", "expected"), [(3, 66_816), (128, 98_816), (256, 131_584)])
def test_head_has_the_published_size_and_start(channels, expected):
    torch.manual_seed(0)
    head = PatchHead(channels)
    assert sum(p.numel() for p in head.parameters()) == expected
    assert head[2].weight.std().item() == pytest.approx(1.25e-3, rel=0.02)
    assert head[0].weight.std().item() == pytest.approx(0.02 * math.sqrt(2 / (channels + 256)), rel=0.05)
    assert head[0].bias.abs().max() == head[2].bias.abs().max() == 0


def test_head_maps_the_features_at_the_positions_to_unit_vectors():
    head, feature = PatchHead(5, 8).double(), torch.rand(2, 5, 3, 4, dtype=torch.float64)
    for layer in (head[0], head[2]):
        torch.nn.init.normal_(layer.weight)
    vectors = head(feature, torch.tensor([7, 2]))
    assert vectors.shape == (2, 2, 8)
    for place, (row, column) in enumerate([(1, 3), (0, 2)]):
        hidden = (feature[:, :, row, column] @ head[0].weight.T + head[0].bias).clamp(min=0)
        expected = hidden @ head[2].weight.T + head[2].bias
        expected = expected / (expected.square().sum(-1, keepdim=True).sqrt() + 1e-7)
        torch.testing.assert_close(vectors[:, place], expected)


@pytest.mark.parametrize(("count", "expected"), [(5, 5), (256, 12)])
def test_positions_are_different_and_as_many_as_asked_or_all(count, expected):
    drawn = draw_positions(torch.rand(2, 4, 3, 4), count)
    assert len(set(drawn.tolist())) == len(drawn) == expected and 0 <= drawn.min() and drawn.max() < 12
