"""CUT and FastCUT: published sizes, losses term by term, who learns from what, a run that is killed and continued."""

import math

import pytest
import torch
from killed_training import check_killed_training
from tiny_methods import SECTIONS, instance, of
from torch.nn import functional as F

from baselines import METHODS
from baselines.cut import CUT
from dakpn.errors import InputError
from dakpn.translation.instances import resolve

TINY = {**SECTIONS["cut"], "batch": 1}
FAST = METHODS["fastcut"].settings
TASK = {"image_size": (40, 48), "low_size": (20, 24), "num_classes": 19}


def build(seed: int = 0, **changes) -> CUT:
    torch.manual_seed(seed)
    return CUT(CUT.Config(**(TINY | changes)), **TASK)


def lively(method):
    """Weights far from the published start, at which all scores and vectors are nearly alike; in float64."""
    for network in method.networks().values():
        network.double()
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    return method


def pair(count=1):
    return torch.rand(2, count, 3, 32, 32, dtype=torch.float64) * 2 - 1


def test_parameter_counts_are_the_published_ones():
    with torch.device("meta"):
        method = CUT(CUT.Config(), **TASK)
    assert method.parameter_counts() == {"trainable": 14_703_300, "training": 14_703_300, "inference": 11_378_179}
    each = {name: sum(p.numel() for p in net.parameters()) for name, net in method.networks().items()}
    assert each == {"generator": 11_378_179, "discriminator": 2_764_737, "heads": 560_384}


@pytest.mark.parametrize(("side", "scores"), [(256, 30), (360, 43), (512, 62)])
def test_discriminator_judges_as_many_patches_as_published(side, scores):
    with torch.device("meta"):
        discriminator = CUT(CUT.Config(width=1, head_width=1), **TASK).discriminator
        assert discriminator(torch.empty(1, 3, side, side)).shape == (1, 1, scores, scores)


def test_discriminator_is_the_patchgan_with_a_blur_in_the_place_of_strides():
    discriminator, x = lively(build()).discriminator, torch.rand(1, 3, 32, 40, dtype=torch.float64)
    first, *convolutions = (layer for layer in discriminator if isinstance(layer, torch.nn.Conv2d))
    blur = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]], dtype=torch.float64) / 16
    expected = F.leaky_relu(F.conv2d(x, first.weight, first.bias, padding=1), 0.2)
    for layer in convolutions:
        if layer is not convolutions[-1]:
            kernel = blur.expand(layer.in_channels, 1, 3, 3)
            expected = F.conv2d(F.pad(expected, (1,) * 4, mode="reflect"), kernel, stride=2, groups=layer.in_channels)
        expected = F.conv2d(expected, layer.weight, layer.bias, padding=1)
        if layer is not convolutions[-1]:
            expected = F.leaky_relu(F.instance_norm(expected), 0.2)
    torch.testing.assert_close(discriminator(x), expected)


def test_weights_start_as_published():
    method = build(width=64, discriminator_width=16)
    residual = next(m for m in method.generator.modules() if hasattr(m, "branch")).branch[0]
    assert residual.weight.std().item() == pytest.approx(4.2e-4, rel=0.02)
    for layer in (method.generator[3], method.discriminator[-1], method.discriminator[0]):
        fans = sum(layer.weight.shape[:2]) * layer.weight[0, 0].numel()
        assert layer.weight.std().item() == pytest.approx(0.02 * math.sqrt(2 / fans), rel=0.05)
        assert layer.bias.abs().max() == 0


@pytest.mark.parametrize("size", [(32, 48), (33, 50), (35, 47)])
def test_translation_has_the_size_and_range_of_its_input(size):
    image = torch.rand(2, 3, *size)
    out = build().translate(of(image))
    assert out.shape == image.shape and not out.requires_grad
    assert out.min() >= 0 and out.max() <= 1


def literal_contrast(method, keys_of, queries_of, flipped=False):
    """NCE of one pair of image batches: own encoder passes, in the order of the method's draws."""
    taps = method.config.taps
    total = 0
    queries, keys = method.generator.features(queries_of, taps), method.generator.features(keys_of, taps)
    for head, query, key in zip(method.heads, queries, keys, strict=True):
        query = query.flip(-1) if flipped else query
        places = torch.randperm(key.shape[2] * key.shape[3])[: method.config.patches]
        q, k = (head(x, places) for x in (query, key))
        for image in range(len(q)):
            similarity = q[image] @ k[image].T / 0.07
            total = total + (similarity.logsumexp(1) - similarity.diag()).mean() / len(q)
    return total / len(taps)


@pytest.mark.parametrize(("identity", "factor"), [("averaged", 0.5), ("added", 1.0)])
def test_generator_loss_is_the_weighted_sum_of_its_parts(identity, factor):
    method, (a, b) = lively(build(batch=2, identity_nce=identity)), pair(2)
    passed = method.passes(a, b)
    torch.manual_seed(7)
    losses = method.generator_losses(passed, 0)
    fake, same = method.generator(a), method.generator(b)
    torch.manual_seed(7)
    contrast = literal_contrast(method, a, fake) + literal_contrast(method, b, same)
    adversarial = ((method.discriminator(fake) - 1) ** 2).mean()
    assert set(losses) == {"adversarial", "nce", "nce_identity", "generator"}
    assert losses["generator"].item() == pytest.approx((adversarial + factor * contrast).item(), rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_fastcut_contrasts_flipped_translations_with_the_unflipped_source(seed):
    method, (a, b) = lively(build(**FAST)), pair()
    torch.manual_seed(seed)
    flip = bool(torch.rand(()) < 0.5)
    torch.manual_seed(seed)
    passed = method.passes(a, b)
    assert passed.flipped == flip
    torch.manual_seed(7)
    losses = method.generator_losses(passed, 0)
    fake = method.generator(a.flip(-1) if flip else a)
    assert torch.allclose(passed.outputs, fake)
    torch.manual_seed(7)
    expected = ((method.discriminator(fake) - 1) ** 2).mean() + 10 * literal_contrast(method, a, fake, flip)
    assert set(losses) == {"adversarial", "nce", "generator"}
    assert losses["generator"].item() == pytest.approx(expected.item(), rel=1e-9)


def test_fastcut_flips_one_half_of_the_iterations():
    method = build(**FAST)
    with torch.no_grad():
        flips = [method.passes(*pair().float()).flipped for _ in range(40)]
    assert 10 < sum(flips) < 30


def test_gradient_reaches_the_generator_through_queries_alone():
    method, (a, _) = lively(build()), pair()
    taps = method.config.taps
    keys = [x.detach().requires_grad_() for x in method.generator.features(a, taps)]
    queries = [x.detach().requires_grad_() for x in method.generator.features(method.generator(a), taps)]
    method.contrast(tuple(keys), tuple(queries)).backward()
    assert all(key.grad is None for key in keys) and all(query.grad.abs().max() > 0 for query in queries)
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in method.heads.parameters())


@pytest.mark.parametrize("flipped", [False, True])
def test_gradient_is_that_of_keys_held_fixed(flipped):
    """The shared forward pass brings no gradient through the source's features."""
    method, (a, b) = lively(build(adversarial_weight=0, flip_equivariance=True)), pair()
    passed = next(passed for passed in iter(lambda: method.passes(a, b), None) if passed.flipped == flipped)
    found = []
    for keys in (passed.keys, [key.detach().clone() for key in passed.keys]):
        torch.manual_seed(7)
        loss = method.generator_losses(passed._replace(keys=keys), 0)["generator"]
        found.append(torch.autograd.grad(loss, list(method.generator.parameters()), retain_graph=True))
    found, expected = found
    assert all(torch.equal(x, y) for x, y in zip(found, expected, strict=True))
    assert any(x.abs().max() > 0 for x in found)


def test_discriminator_loss_is_a_half_of_both_parts():
    method, (real, fake) = lively(build()), pair()
    d = method.discriminator
    expected = 0.5 * (((d(real) - 1) ** 2).mean() + (d(fake) ** 2).mean())
    assert method.discriminator_loss(real, fake).item() == pytest.approx(expected.item())


def gradients(network):
    return [p.grad for p in network.parameters() if p.grad is not None]


def test_the_discriminator_is_updated_first_and_gives_the_others_no_gradient(views, monkeypatch):
    method, events = build(), []
    step, state = method.training_step(*views, seed=0, device="cpu")
    for name in "dg":
        state[f"optimiser_{name}"].register_step_post_hook(lambda *_, name=name: events.append(name))
    judge, teach, generate = method.discriminator_loss, method.generator_losses, method.passes

    def watch(a, b):
        crops.extend([a, b])
        return generate(a, b)

    def watch_d(b, fake):
        assert b is crops[1] and torch.allclose(fake, method.generator(crops[0]), atol=1e-5)
        assert not fake.requires_grad and events == []
        return judge(b, fake)

    def watch_g(passed, i):
        assert events == ["d"] and not gradients(method.generator) and not gradients(method.heads)
        before.extend(x.clone() for x in gradients(method.discriminator))
        return teach(passed, i)

    crops, before = [], []
    monkeypatch.setattr(method, "passes", watch)
    monkeypatch.setattr(method, "discriminator_loss", watch_d)
    monkeypatch.setattr(method, "generator_losses", watch_g)
    step(0)
    assert events == ["d", "g"]
    assert before and all(torch.equal(x, y) for x, y in zip(before, gradients(method.discriminator), strict=True))


@pytest.mark.parametrize("changes", [{}, FAST], ids=["CUT", "FastCUT"])
def test_every_network_changes_in_one_step(views, changes):
    method = build(**changes)
    before = {name: [p.clone() for p in net.parameters()] for name, net in method.networks().items()}
    step, _ = method.training_step(*views, seed=0, device="cpu")
    assert all(torch.isfinite(value) for value in step(0).values())
    for name, network in method.networks().items():
        assert any(not torch.equal(x, y) for x, y in zip(before[name], network.parameters(), strict=True)), name


def test_optimisers_and_rates_are_the_published_ones(views):
    step, state = build(iterations=4).training_step(*views, seed=0, device="cpu")
    rates = []
    for i in range(4):
        groups = [state[f"optimiser_{name}"].param_groups[0] for name in "gd"]
        assert all(group["betas"] == (0.5, 0.999) and group["weight_decay"] == 0 for group in groups)
        assert groups[0]["lr"] == groups[1]["lr"]
        rates.append(groups[0]["lr"])
        step(i)
    assert rates == pytest.approx([2e-4, 2e-4, 2e-4 * 2 / 3, 2e-4 / 3])


def test_fastcut_keeps_its_rate_for_three_quarters(views):
    step, state = build(**{**FAST, "iterations": 4}).training_step(*views, seed=0, device="cpu")
    rates = []
    for i in range(4):
        rates.append(state["optimiser_g"].param_groups[0]["lr"])
        step(i)
    assert rates == pytest.approx([2e-4, 2e-4, 2e-4, 1e-4])


def test_fastcut_is_cut_with_its_published_switches():
    fast, cut = (resolve(name, {}, METHODS).settings for name in ("fastcut", "cut"))
    assert {key: fast[key] for key in fast if fast[key] != cut[key]} == FAST


@pytest.mark.parametrize("changes", [{}, FAST], ids=["CUT", "FastCUT"])
def test_killed_run_continues_bit_for_bit(views, tmp_path, changes):
    check_killed_training(lambda seed: build(seed, **changes, iterations=4, batch=2), views, tmp_path)


@pytest.mark.parametrize("taps", [[4, 0], [0, 0], [-1, 4], [0, 13]])
def test_wrong_taps_name_key_and_cure(taps):
    with pytest.raises(InputError, match=r"methods\.cut\.taps: .*ascending order, from 0 to 11 \+ blocks = 12"):
        instance("cut", taps=taps)


def test_fewer_blocks_than_the_default_taps_name_key_and_cure():
    with pytest.raises(InputError, match=r"methods\.cut\.taps: .*blocks = 14"):
        resolve("cut", {"cut": {"blocks": 3}}, METHODS)


def test_crop_larger_than_the_images_names_key_and_cure(views):
    with pytest.raises(InputError, match=r"crop of CUT.*Set it to 40"):
        build(crop=64).training_step(*views, seed=0, device="cpu")
