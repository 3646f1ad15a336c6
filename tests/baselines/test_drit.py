"""DRIT: who is decoded from what, losses, who learns from which, update order, attributes, and a resumed run."""

import pytest
import torch
from killed_training import check_killed_training
from tiny_methods import instance, of

from baselines.disentanglement import OTHER
from baselines.drit import DRIT
from dakpn.errors import InputError
from dakpn.translation.batch import Batch

TINY = dict(width=4, blocks=1, discriminator_width=4, crop=32, scales=2, content_layers=0)
TASK = {"image_size": (40, 48), "low_size": (20, 24), "num_classes": 19}


def build(seed: int = 0, **changes) -> DRIT:
    torch.manual_seed(seed)
    return DRIT(DRIT.Config(**(TINY | changes)), **TASK)


def images(seed: int = 1) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {d: torch.rand(2, 3, 32, 32, generator=generator).double() * 2 - 1 for d in OTHER}


def made(method, real):
    """One forward pass in float64, with two random attributes where mode seeking is on."""
    for network in method.networks().values():
        network.double()
    return method.disentangled.translations(real, 2 if method.config.mode_seeking_weight else 1)


def has_gradient(network) -> bool:
    return any(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_parameter_counts_are_the_published_ones():
    with torch.device("meta"):
        method, other = (DRIT(DRIT.Config(attribute=kind), **TASK) for kind in ("prior", "target"))
    counts = {"trainable": 65_039_315, "training": 65_039_315}
    assert method.parameter_counts() == counts | {"inference": 3_918_976 + 2 * 1_180_160 + 4_192_275}
    assert other.parameter_counts() == counts | {"inference": 10_471_571 + 1_344_080}


def test_convolutions_start_with_a_deviation_of_two_hundredths_and_all_else_as_torch_has_it():
    method = build(width=16, discriminator_width=16)
    for name, network in method.networks().items():
        for kind in (torch.nn.Conv2d, torch.nn.ConvTranspose2d):
            layers = [m for m in network.modules() if isinstance(m, kind)]
            if layers:
                weights = torch.cat([m.weight.flatten() for m in layers])
                assert weights.std().item() == pytest.approx(0.02, rel=0.03), name
                assert all(m.bias.abs().max() > 0 for m in layers), name
    linear = method.disentangled.attribute["source"].mean
    assert 0.8 / 8 < linear.weight.abs().max() <= 1 / 8


def test_contents_of_training_carry_noise_of_deviation_one():
    method = build(width=16)
    image = {"target": torch.rand(1, 3, 64, 64)}
    noise = method.disentangled.contents(image)["target"] - method.disentangled.encode("target", image["target"])
    assert noise.mean().item() == pytest.approx(0, abs=0.02) and noise.std().item() == pytest.approx(1, abs=0.02)


def test_every_image_is_decoded_from_the_parts_that_it_should_be(monkeypatch):
    method, real = build(mode_seeking_weight=1), images()
    monkeypatch.setattr(torch, "randn_like", torch.ones_like)  # every draw is one deviation
    found = made(method, real)
    networks = method.disentangled

    def content(domain, image):
        return networks.content["shared"](networks.content[domain](image)) + 1

    def attribute(domain, image):
        mean, log_variance = networks.attribute[domain](image)
        return mean + log_variance.exp().sqrt()

    def decode(domain, code, vector):
        return networks.decoder[domain](networks.decoder["shared"](code), vector)

    codes = {d: content(d, real[d]) for d in OTHER}
    vectors = {d: attribute(d, real[d]) for d in OTHER}
    fake_b = decode("target", codes["source"], vectors["target"])
    fake_a = decode("source", codes["target"], vectors["source"])
    expected = {
        ("swapped", "target"): fake_b,
        ("swapped", "source"): fake_a,
        ("own", "target"): decode("target", codes["target"], vectors["target"]),
        ("own", "source"): decode("source", codes["source"], vectors["source"]),
        ("cycle", "source"): decode("source", content("target", fake_b), attribute("source", fake_a)),
        ("cycle", "target"): decode("target", content("source", fake_a), attribute("target", fake_b)),
    }
    for (kind, domain), image in expected.items():
        torch.testing.assert_close(getattr(found, kind)[domain], image, msg=f"{kind} {domain}")
    assert found.z.shape == (2, 2, 8) and not torch.equal(*found.z)
    for k, z in enumerate(found.z):
        torch.testing.assert_close(found.random["target"][k], decode("target", codes["source"], z))
        torch.testing.assert_close(found.random["source"][k], decode("source", codes["target"], z))


def entropy(scales, goal):
    """Binary cross-entropy of sigmoids, mean per scale, sum over scales."""
    scores = [logits.sigmoid() for logits in scales]
    return sum(-(goal * s.log() + (1 - goal) * (1 - s).log()).mean() for s in scores)


@pytest.mark.parametrize("mode_seeking", [0, 1])
def test_generator_losses_are_the_published_ones(mode_seeking):
    method, real = build(mode_seeking_weight=mode_seeking), images()
    found = made(method, real)
    losses = method.generator_losses(real, found)
    expected = dict.fromkeys(losses, 0.0)
    for d in OTHER:
        mean, log_variance = found.posterior[d]
        fakes = found.random[d]
        assert len(fakes) == 1 + mode_seeking
        expected["adversarial"] += entropy(method.discriminator[d](found.swapped[d]), 1)
        expected["content"] += entropy([method.content_discriminator(found.content[d])], 0.5)
        expected["cycle"] += (found.cycle[d] - real[d]).abs().mean()
        expected["reconstruction"] += (found.own[d] - real[d]).abs().mean()
        expected["kl"] += (-0.5 * (1 + log_variance - mean**2 - log_variance.exp())).sum() / len(mean)
        expected["content_norm"] += (found.content[d] ** 2).mean()
        expected["random_adversarial"] += sum(entropy(method.random_discriminator[d](fake), 1) for fake in fakes)
        expected["latent"] += (method.disentangled.attribute[d](fakes[0])[0] - found.z[0]).abs().mean()
        if mode_seeking:
            apart = (fakes[1] - fakes[0]).abs().mean() / (found.z[1] - found.z[0]).abs().mean()
            expected["mode_seeking"] += 1 / (apart + 1e-5)
    expected["generator"] = (
        expected["adversarial"]
        + expected["content"]
        + 10 * expected["cycle"]
        + 10 * expected["reconstruction"]
        + 0.01 * expected["kl"]
        + 0.01 * expected["content_norm"]
    )
    expected["random_generator"] = expected["random_adversarial"] + 10 * expected["latent"]
    expected["random_generator"] += expected.get("mode_seeking", 0)
    assert {name: value.item() for name, value in losses.items()} == pytest.approx(
        {name: value.item() for name, value in expected.items()}, rel=1e-9
    )


@pytest.mark.parametrize("mode_seeking", [0, 1])
def test_discriminator_losses_are_the_published_ones(mode_seeking):
    method, real, more = build(mode_seeking_weight=mode_seeking), images(), images(2)
    found = made(method, real)
    losses = method.discriminator_losses(real, more, found)
    encoded = random = 0.0
    for d in OTHER:
        encoded += entropy(method.discriminator[d](real[d]), 1) + entropy(method.discriminator[d](found.swapped[d]), 0)
        judge = method.random_discriminator[d]
        # With two random attributes the real images count twice.
        random += len(found.random[d]) * entropy(judge(more[d]), 1) + sum(entropy(judge(x), 0) for x in found.random[d])
    assert losses["discriminator"].item() == pytest.approx(encoded.item(), rel=1e-9)
    assert losses["random_discriminator"].item() == pytest.approx(random.item(), rel=1e-9)
    judge = method.content_discriminator
    expected = entropy([judge(found.content["source"])], 0) + entropy([judge(found.content["target"])], 1)
    assert method.content_loss(found.content).item() == pytest.approx(expected.item(), rel=1e-9)


def test_discriminator_losses_teach_no_one_else():
    method, real = build(), images()
    found = made(method, real)
    sum(method.discriminator_losses(real, real, found).values()).backward()
    assert not has_gradient(method.disentangled)
    for networks in (method.discriminator, method.random_discriminator):
        assert all(has_gradient(networks[d]) for d in OTHER)


@pytest.mark.parametrize(
    ("loss", "content", "attribute", "decoder"),
    [
        ("adversarial", True, True, True),
        ("content", True, False, False),
        ("cycle", True, True, True),
        ("reconstruction", True, True, True),
        ("kl", False, True, False),
        ("content_norm", True, False, False),
        # The step takes this gradient for encoders of content and decoders alone.
        ("latent", True, True, True),
        ("random_adversarial", True, False, True),
        ("mode_seeking", True, False, True),
    ],
)
def test_each_loss_reaches_the_networks_that_it_should(loss, content, attribute, decoder):
    method, real = build(mode_seeking_weight=1), images()
    method.generator_losses(real, made(method, real))[loss].backward()
    networks = method.disentangled
    found = {name: [has_gradient(part) for part in getattr(networks, name).values()] for name in ("content", "decoder")}
    assert found == {"content": [content] * 3, "decoder": [decoder] * 3}
    assert [has_gradient(part) for part in networks.attribute.values()] == [attribute] * 2


def test_updates_come_in_the_published_order_and_take_the_right_gradients(views, monkeypatch):
    method, events, taken, expected = build(), [], [], {}
    step, state = method.training_step(*views, seed=0, device="cpu")
    common = [*method.disentangled.content.parameters(), *method.disentangled.decoder.parameters()]
    attribute = [*method.disentangled.attribute.parameters()]
    judges = [
        p
        for name in "discriminator random_discriminator content_discriminator".split()
        for p in state[name].parameters()
    ]
    for letter in "gadc":
        state[f"optimiser_{letter}"].register_step_pre_hook(lambda *_, letter=letter: events.append(letter))
    state["optimiser_g"].register_step_pre_hook(lambda *_: taken.append([p.grad.clone() for p in common]))
    compute = method.generator_losses

    def watch(*given):
        losses = compute(*given)
        for name, inputs in {"generator": [*common, *attribute], "random_generator": common}.items():
            expected[name] = torch.autograd.grad(losses[name], inputs, retain_graph=True)
        expected["judges"] = [p.grad.clone() for p in judges]
        return losses

    monkeypatch.setattr(method, "generator_losses", watch)
    step(0)
    assert "".join(events) == "ccdcgag"
    found = [*taken[0], *(p.grad for p in attribute), *taken[1], *(p.grad for p in judges)]
    wanted = [*expected["generator"], *expected["random_generator"], *expected["judges"]]
    assert all(torch.equal(x, y) for x, y in zip(found, wanted, strict=True))


def test_content_discriminator_alone_is_updated_before_the_full_update(views, monkeypatch):
    method = build()
    before = {name: [p.clone() for p in net.parameters()] for name, net in method.networks().items()}
    step, _ = method.training_step(*views, seed=0, device="cpu")
    forward = method.disentangled.translations
    changed = []

    def watch(*given):
        changed.extend(moved(method, before))
        return forward(*given)

    monkeypatch.setattr(method.disentangled, "translations", watch)
    losses = step(0)
    assert changed == ["content_discriminator"]
    assert all(torch.isfinite(value) for value in losses.values())
    names = ["disentangled", "discriminator", "random_discriminator", "content_discriminator"]
    assert moved(method, before) == names


def moved(method, before) -> list[str]:
    """Networks of which every parameter has changed; none may have changed in part."""
    found = []
    for name, network in method.networks().items():
        parts = [not torch.equal(x, y) for x, y in zip(before[name], network.parameters(), strict=True)]
        assert all(parts) or not any(parts), name
        found += [name] * any(parts)
    return found


@pytest.mark.parametrize("updates", [1, 4])
def test_content_discriminator_has_as_many_clipped_updates_as_asked_for(views, updates):
    method, norms = build(content_updates=updates, content_clip=1e-3), []
    step, state = method.training_step(*views, seed=0, device="cpu")
    parameters = list(method.content_discriminator.parameters())
    state["optimiser_c"].register_step_pre_hook(
        lambda *_: norms.append(torch.cat([p.grad.flatten() for p in parameters]).norm().item())
    )
    step(0)
    assert norms == pytest.approx([1e-3] * updates, rel=1e-3)


def test_optimisers_are_the_published_ones_and_follow_the_iterations(views):
    step, state = build(iterations=4).training_step(*views, seed=0, device="cpu")
    groups = {letter: state[f"optimiser_{letter}"].param_groups[0] for letter in "gadc"}
    for group in groups.values():
        assert group["betas"] == (0.5, 0.999) and group["weight_decay"] == 1e-4
        assert not group.get("decoupled_weight_decay")
    rates = []
    for i in range(4):
        rates.append([group["lr"] for group in groups.values()])
        step(i)
    factors = [1, 1, 2 / 3, 1 / 3]
    assert rates == [pytest.approx([1e-4 * f] * 3 + [4e-5 * f]) for f in factors]


@pytest.mark.parametrize("changes", [{}, {"attribute": "target", "mode_seeking_weight": 1.0}])
def test_killed_run_continues_bit_for_bit(views, tmp_path, changes):
    check_killed_training(lambda seed: build(seed, iterations=4, batch=2, **changes), views, tmp_path)


@pytest.mark.parametrize("size", [(32, 48), (33, 50), (35, 47)])
def test_translation_has_the_size_and_range_of_its_input_and_no_noise(size):
    method, image = build(), torch.rand(2, 3, *size)
    out = method.translate(of(image))
    assert out.shape == image.shape and not out.requires_grad
    assert out.min() >= 0 and out.max() <= 1
    assert torch.equal(out, method.translate(of(image)))


def test_attribute_is_normal_and_fixed_by_seed_and_id():
    draw = build().draw
    ids = [f"{i:05d}" for i in range(2000)]
    drawn = draw.normal(ids, 8)
    assert drawn.mean().item() == pytest.approx(0, abs=0.02) and drawn.std().item() == pytest.approx(1, abs=0.02)
    assert len(drawn.unique(dim=0)) == 2000
    assert torch.equal(draw.normal(ids[7:9], 8), drawn[7:9])
    draw.seed.fill_(1)
    assert not (draw.normal(ids, 8) == drawn).any()


@pytest.mark.parametrize("attribute", ["prior", "target"])
def test_translation_depends_on_seed_and_id_and_is_exported(views, tmp_path, attribute):
    methods = [build(attribute=attribute) for _ in range(2)]
    for seed, method in enumerate(methods):
        method.training_step(*views, seed=seed, device="cpu")  # seeds the draw; no step is taken
    image = torch.rand(1, 3, 32, 32)
    first, other = (torch.cat([m.translate(Batch((str(i),), image)) for i in range(8)]) for m in methods)
    assert not torch.equal(first, other) and len(first.unique(dim=0)) > 1
    methods[0].export(tmp_path / "weights.safetensors")
    loaded = build(9, attribute=attribute).load(tmp_path / "weights.safetensors")
    assert torch.equal(loaded.translate(Batch(("3",), image)), first[3:4])


def test_translation_decodes_the_sources_content_for_the_target_with_the_drawn_attribute():
    method, image = build(), torch.rand(1, 3, 32, 32)
    networks = method.disentangled
    code = networks.content["shared"](networks.content["source"](image * 2 - 1))
    drawn = method.draw.normal(("x",), 8)
    expected = networks.decoder["target"](networks.decoder["shared"](code), drawn) / 2 + 0.5
    torch.testing.assert_close(method.translate(Batch(("x",), image)), expected)


def test_target_attribute_is_the_mean_of_a_target_images_middle(views):
    method = build(attribute="target")
    method.training_step(*views, seed=0, device="cpu")
    middles = views[1].images[:, 4:36, 8:40]
    references = method.draw.references.numpy()
    assert references.shape == (64, 32, 32, 3)
    assert {r.tobytes() for r in references} == {m.tobytes() for m in middles}
    used = method.draw.reference(("x",))
    assert used.dtype == torch.float32 and used.min() >= -1 and used.max() <= 1
    assert ((used[0].permute(1, 2, 0) + 1) * 127.5).round().byte().numpy().tobytes() in {m.tobytes() for m in middles}
    image, networks = torch.rand(1, 3, 32, 32), method.disentangled
    mean = networks.attribute["target"](used)[0]
    expected = networks.decode("target", networks.encode("source", image * 2 - 1), mean) / 2 + 0.5
    torch.testing.assert_close(method.translate(Batch(("x",), image)), expected)


def test_crop_larger_than_the_images_names_key_and_cure(views):
    with pytest.raises(InputError, match=r"crop of DRIT.*Set it to 40"):
        build(crop=64).training_step(*views, seed=0, device="cpu")


@pytest.mark.parametrize(
    ("changes", "smallest"),
    [
        ({"crop": 208}, 212),
        ({"crop": 40, "content_layers": 1}, 44),
        ({"crop": 60, "content_layers": 1, "scales": 3}, 64),
    ],
)
def test_crop_too_small_for_a_discriminator_names_key_and_cure(changes, smallest):
    section = {"content_layers": 3, "scales": 2} | changes
    with pytest.raises(InputError, match=rf"methods\.drit.*Set crop to {smallest} or more"):
        instance("drit", **section)
    assert instance("drit", **(section | {"crop": smallest})).settings["crop"] == smallest
