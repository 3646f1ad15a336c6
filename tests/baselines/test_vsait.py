"""VSAIT: published sizes, who learns from which loss, the schedule, and a run that is killed and continued."""

import math
import subprocess
import sys

import pytest
import torch
from killed_training import check_killed_training
from tiny_methods import of

from baselines.hypervectors import LocalityHash
from baselines.vsait import VSAIT
from dakpn.errors import InputError

TINY = dict(width=4, blocks=1, dimension=64, discriminator_width=16, vgg_width=0.0625, weights="none", crop=32)
TASK = {"image_size": (40, 48), "low_size": (20, 24), "num_classes": 19}


def build(seed: int = 0, **changes) -> VSAIT:
    torch.manual_seed(seed)
    return VSAIT(VSAIT.Config(**(TINY | changes)), **TASK)


@pytest.fixture
def prepared():
    """A tiny method ready to train, a source crop x, and the hypervectors of x and of a target crop."""
    method = build()
    method.prepare(seed=0, device="cpu")
    x, y = torch.rand(2, 2, 3, 32, 32) * 2 - 1
    return method, x, method.hypervectors(x), method.hypervectors(y)


def gradients(network) -> list[torch.Tensor]:
    return [p.grad for p in network.parameters() if p.grad is not None]


@pytest.fixture(scope="module")
def paper():
    with torch.device("meta"):
        method = VSAIT(VSAIT.Config(), **TASK)
        method.hash = LocalityHash(method.vgg.channels, method.config.dimension, seed=0)
    return method


def test_parameter_counts_are_the_published_ones(paper):
    assert paper.parameter_counts() == {"trainable": 50_186_756, "training": 65_491_524, "inference": 11_378_179}
    each = {name: sum(p.numel() for p in net.parameters()) for name, net in paper.networks().items()}
    assert each == {
        "generator": 11_378_179,
        "mapping": 33_562_624,
        "discriminator": 5_245_953,
        "vgg": 15_304_768,
        "hash": 0,
    }


def test_fixed_kernels_and_random_directions_are_buffers_of_the_published_size(paper):
    assert sum(buffer.numel() for buffer in paper.generator.buffers()) == 9_600
    directions = [buffer for name, buffer in paper.hash.named_buffers() if name.startswith("directions")]
    assert sum(buffer.numel() for buffer in directions) == 127_926_272
    assert not list(paper.hash.parameters())


@pytest.mark.parametrize(("height", "width"), [(256, 256), (256, 512)])
def test_shapes_at_full_width(paper, height, width):
    with torch.device("meta"):
        image = torch.empty(1, 3, height, width)
        assert paper.generator(image).shape == image.shape
        v = paper.hypervectors(image)
        assert v.shape == paper.mapping(v).shape == (1, 4096, height // 16, width // 16)
        assert paper.discriminator(v).shape == (1, 1, height // 16, width // 16)


def test_weights_start_as_published():
    torch.manual_seed(0)
    method = build(width=16, dimension=256, discriminator_width=64)
    first, residual = method.generator[0], next(m for m in method.generator.modules() if hasattr(m, "branch")).branch[0]
    for layer in (first, residual, method.discriminator[0], method.discriminator[2]):
        fans = sum(layer.weight.shape[:2]) * layer.weight[0, 0].numel()
        assert layer.weight.std().item() == pytest.approx(0.2 * math.sqrt(2 / fans), rel=0.05)
        assert layer.bias.abs().max() == 0
    bound = 1 / math.sqrt(256)
    assert 0.98 * bound < method.mapping[0].weight.abs().max() <= bound


def test_losses_start_at_their_published_values(prepared):
    method, x, v_x, v_y = prepared
    losses = method.generator_losses(x, v_x)
    # With the small hypervectors of this test D's scores are a little larger than the published 1e-5.
    assert abs(losses["adversarial"].item()) < 1e-2
    assert method.discriminator_loss(x, v_x, v_y).item() == pytest.approx(1, abs=1e-2)
    assert losses["generator"].item() == pytest.approx(
        10 * losses["vsa"].item() + losses["adversarial"].item(), rel=1e-5
    )


def test_discriminator_loss_starts_at_one_at_full_width():
    torch.manual_seed(0)
    method = build(dimension=4096, discriminator_width=256, vgg_width=0.03125)
    method.prepare(seed=0, device="cpu")
    x, y = torch.rand(2, 1, 3, 16, 16) * 2 - 1
    loss = method.discriminator_loss(x, method.hypervectors(x), method.hypervectors(y))
    assert loss.item() == pytest.approx(1, abs=1e-3)


def test_consistency_loss_teaches_the_generator_only(prepared):
    method, x, v_x, _ = prepared
    method.generator_losses(x, v_x)["vsa"].backward()
    assert gradients(method.generator) and any(g.abs().sum() > 0 for g in gradients(method.generator))
    assert not gradients(method.mapping) and not gradients(method.discriminator) and not gradients(method.vgg)


def test_adversarial_loss_reaches_the_generator_and_only_the_last_layer_of_the_mapping(prepared):
    method, x, v_x, _ = prepared
    method.generator_losses(x, v_x)["adversarial"].backward()
    assert any(g.abs().sum() > 0 for g in gradients(method.generator))
    # The last layer's weights are zero at the start, so the first layer gets a gradient of exactly 0.
    assert method.mapping[0].weight.grad.abs().max() == 0
    assert method.mapping[2].weight.grad.abs().max() > 0


def test_discriminator_step_leaves_generator_and_mapping_without_gradients(prepared):
    method, x, v_x, v_y = prepared
    method.discriminator_loss(x, v_x, v_y).backward()
    assert not gradients(method.generator) and not gradients(method.mapping) and not gradients(method.vgg)
    assert len(gradients(method.discriminator)) == 6


def test_discriminator_loss_weighs_two_fakes_and_one_real_equally(prepared):
    method, x, v_x, v_y = prepared
    torch.nn.init.zeros_(method.discriminator[4].weight)
    torch.nn.init.constant_(method.discriminator[4].bias, 0.25)
    assert method.discriminator_loss(x, v_x, v_y).item() == pytest.approx((1.25 + 1.25 + 0.75) / 3)


def test_generator_is_updated_first_and_the_discriminator_sees_the_updated_one(views, monkeypatch):
    method, events = build(), []
    step, state = method.training_step(*views, seed=0, device="cpu")
    before = [p.clone() for p in method.generator.parameters()]
    judge = method.discriminator_loss

    def watch(*tensors):
        assert not gradients(method.discriminator)
        events.append(any(not torch.equal(x, y) for x, y in zip(before, method.generator.parameters(), strict=True)))
        return judge(*tensors)

    monkeypatch.setattr(method, "discriminator_loss", watch)
    losses = step(0)
    assert events == [True]
    assert set(losses) == {"vsa", "adversarial", "generator", "discriminator"}


def test_trunk_and_directions_never_change(views):
    method = build()
    step, state = method.training_step(*views, seed=0, device="cpu")
    before = [value.clone() for name in ("vgg", "hash") for value in state[name].state_dict().values()]
    for i in range(2):
        step(i)
    after = [value for name in ("vgg", "hash") for value in state[name].state_dict().values()]
    assert all(torch.equal(x, y) for x, y in zip(before, after, strict=True))


def test_optimisers_are_the_published_ones(views):
    _, state = build().training_step(*views, seed=0, device="cpu")
    g, d = state["optimiser_g"].param_groups[0], state["optimiser_d"].param_groups[0]
    assert (g["lr"], d["lr"]) == (1e-4, 4e-4)
    for group in (g, d):
        assert group["betas"] == (0.0, 0.9) and group["weight_decay"] == 1e-4
        assert not group.get("decoupled_weight_decay")


def test_learning_rates_halve_every_lr_step_iterations(views):
    step, state = build(lr_step=2).training_step(*views, seed=0, device="cpu")
    rates = []
    for i in range(5):
        rates.append(state["optimiser_g"].param_groups[0]["lr"])
        step(i)
    assert rates == pytest.approx([1e-4, 1e-4, 5e-5, 5e-5, 2.5e-5])


def test_killed_run_continues_bit_for_bit(views, tmp_path):
    straight, resumed = check_killed_training(lambda seed: build(seed, iterations=4, batch=2), views, tmp_path)
    assert torch.equal(straight.hash.directions0, resumed.hash.directions0)


@pytest.mark.parametrize("size", [(32, 48), (33, 50)])
def test_translation_has_the_size_and_range_of_its_input(size):
    image = torch.rand(2, 3, *size)
    out = build().translate(of(image))
    assert out.shape == image.shape and not out.requires_grad
    assert out.min() >= 0 and out.max() <= 1


def test_translation_needs_neither_trunk_weights_nor_directions(tmp_path):
    method, other = build(0), build(1, weights="imagenet")
    method.export(tmp_path / "weights.safetensors")
    image = torch.rand(1, 3, 32, 32)
    assert torch.equal(other.load(tmp_path / "weights.safetensors").translate(of(image)), method.translate(of(image)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": "imagenet"}, r"weights of VSAIT.*Set vgg_width to 1\.0"),
        ({"weights": "absent.pth"}, r"weights of VSAIT: no such file: absent\.pth"),
    ],
)
def test_trunk_weights_that_cannot_be_had_name_key_and_cure(views, changes, message):
    with pytest.raises(InputError, match=message):
        build(**changes).training_step(*views, seed=0, device="cpu")


def test_crop_larger_than_the_images_names_key_and_cure(views):
    with pytest.raises(InputError, match=r"crop of VSAIT.*Set it to 40"):
        build(crop=64).training_step(*views, seed=0, device="cpu")


def test_importing_the_baselines_does_not_import_torchvision():
    code = "import sys, baselines.cyclegan, baselines.vsait; assert 'torchvision' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
