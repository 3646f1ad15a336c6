"""DA-KPN's training: what learns, what does not, and what the switches do."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_methods import ENCODER, IMAGE, LOW_RES, Views, batch
from tiny_methods import build as build_method

from baselines import METHODS
from dakpn.errors import InputError
from dakpn.model.kernels import NAMES
from dakpn.model.kpn import KernelPredictor
from dakpn.model.patches import PatchBatches
from dakpn.model.transforms import fixed_noise
from dakpn.plan.configure import configure
from dakpn.segmentation.networks import build_segmenter
from dakpn.translation.dataset import translate_rows
from dakpn.translation.instances import resolve


def build(name="dakpn-t", **changes):
    torch.manual_seed(0)
    encoder = build_segmenter(ENCODER, 19)
    for module in encoder.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
    return build_method(name, encoder=encoder, **changes)


def stepped(translator, steps=1):
    torch.manual_seed(1)
    step, state = translator.training_step(Views(1), Views(2), seed=0, device="cpu")
    losses = [step(i) for i in range(steps)]
    return losses, state


def test_cached_logits_give_the_parameters_of_a_fresh_encoder_pass():
    translator, source = build(), Views(1)
    torch.nn.init.normal_(translator.kpn.predict.weight, std=0.1)
    cached = translator._coarse_logits(source, "cpu")
    assert cached.dtype == torch.float32
    from_cache = F.interpolate(translator.kpn(cached), LOW_RES, mode="bilinear", align_corners=False)
    fresh, _ = translator._theta(torch.from_numpy(source.low).permute(0, 3, 1, 2).float() / 255)
    # The order of convolution and upsampling adds rounding.
    torch.testing.assert_close(from_cache, fresh, rtol=1e-4, atol=1e-4)


def test_logits_above_the_limit_are_kept_in_half_precision(monkeypatch):
    translator, source = build(), Views(1)
    whole = translator._coarse_logits(source, "cpu")
    monkeypatch.setattr("dakpn.model.dakpn.LOGITS_LIMIT", whole.nbytes - 1)
    half = translator._coarse_logits(source, "cpu")
    assert torch.equal(half, whole.half())
    monkeypatch.setattr("dakpn.model.dakpn.LOGITS_LIMIT", whole.nbytes)
    assert torch.equal(translator._coarse_logits(source, "cpu"), whole)


class Marks(torch.nn.Module):
    """Stands in for a KPN: the noise scale names the cell of a grid of 2."""

    def __init__(self):
        super().__init__()
        self.marks = torch.nn.Parameter(torch.tensor([[0.1, 0.2], [0.3, 0.4]]))

    def forward(self, logits):
        return F.interpolate(self.marks[None, None], LOW_RES, mode="nearest").expand(len(logits), 12, -1, -1)


def test_every_patch_is_translated_by_the_parameters_and_the_noise_of_its_own_cell():
    translator, applied = build(batch=6), []
    translator.kpn, apply = Marks(), translator._apply
    translator._apply = lambda *given: applied.append(given) or apply(*given)
    stepped(translator)
    torch.manual_seed(1)
    reader = PatchBatches(Views(1), Views(2), batch=6, grid=2, seed=0, device="cpu", low=True)
    cells = reader.next().cells
    _, theta, noise = applied[0]
    marks = [[0.1, 0.2], [0.3, 0.4]]
    wanted = [marks[cell.rows.start > 0][cell.columns.start > 0] for cell in cells]
    assert len(set(wanted)) > 1 and [own.mean().item() for own in theta] == pytest.approx(wanted)
    whole = fixed_noise(*IMAGE, seed=0)
    assert all(torch.equal(own, cell.cut(whole)) for own, cell in zip(noise, cells, strict=True))


def test_adams_factors_are_the_released_ones_unless_others_are_chosen():
    for changes, betas in (({}, (0.9, 0.999)), ({"betas": [0.5, 0.999]}, (0.5, 0.999))):
        _, state = stepped(build(**changes))
        for optimiser in (state["kpn_optimiser"], state["discriminator_optimiser"]):
            assert optimiser.param_groups[0]["betas"] == betas


def test_an_alternation_differs_from_simultaneous_updates_in_the_discriminator_only():
    together, in_turn = build(learning_rate=0.05), build(learning_rate=0.05, update="alternating")
    (one,), _ = stepped(together)
    (other,), _ = stepped(in_turn)
    assert set(one) == set(other)
    torch.testing.assert_close(together.kpn.state_dict(), in_turn.kpn.state_dict())
    assert one["kpn_low"] == other["kpn_low"] and one["d_low"] != other["d_low"]


def test_a_low_resolution_image_that_the_grid_does_not_divide_is_refused():
    with pytest.raises(InputError, match="low_size 24x40 does not divide into 16x16 cells"):
        stepped(build(grid=16))


def test_saved_pixels_are_rounded_or_truncated():
    view = Views(1)
    view.ids = list("abcdef")
    rounded, down = (translate_rows(build(**own), view, slice(0, 1), "cpu") for own in ({}, {"rounding": "down"}))
    steps = rounded.astype(int) - down
    assert set(np.unique(steps)) == {0, 1}


def test_released_behaviour_is_an_instance_that_names_all_its_settings():
    wanted = {
        "betas": [0.9, 0.999],
        "cells": "image",
        "real_patches": "grid",
        "sigma_start": 1.0,
        "update": "reversal",
        "real_low": False,
        "joint_batches": False,
        "encoder_mode": "training",
        "encoder_normalised": False,
        "tiling": "tiles",
        "operator": "released",
        "rounding": "down",
    }
    section = {"dakpn": {"update": "alternating", "betas": [0.5, 0.9], "cells": "batch", "real_patches": "anywhere"}}
    released, own = (resolve(name, section, METHODS) for name in ("dakpn-s-released", "dakpn-s"))
    assert {name for name, value in released.settings.items() if value != own.settings[name]} == set(wanted)
    assert wanted.items() <= released.settings.items()
    assert (released.label, released.encoder) == ("DA-KPN-S, released code", "source")
    assert "dakpn-s-released" not in configure({"extends": "miniature"}, METHODS).instances
    translator = build("dakpn-s-released")
    losses, _ = stepped(translator)
    assert all(torch.isfinite(value) for value in losses[0].values())
    assert translator.translate(batch()).shape == (1, 3, *IMAGE)


def test_encoder_is_frozen_and_sees_no_training_mode():
    translator = build()
    before = copy.deepcopy(translator.encoder.state_dict())
    stepped(translator, 2)
    assert all(torch.equal(value, before[name]) for name, value in translator.encoder.state_dict().items())
    assert not translator.encoder.training
    assert all(parameter.grad is None for parameter in translator.encoder.parameters())


def test_an_encoder_in_training_mode_drifts_as_the_released_code_lets_it():
    translator = build(encoder_mode="training")
    before = copy.deepcopy(translator.encoder.state_dict())
    _, state = stepped(translator)
    moved = {name for name, value in translator.encoder.state_dict().items() if not torch.equal(value, before[name])}
    assert moved and all("running" in name or "batches" in name for name in moved)
    assert "encoder" in state


def test_an_encoder_in_training_mode_translates_each_image_by_itself_and_repeatably():
    translator = build(encoder_mode="training")
    torch.nn.init.normal_(translator.kpn.predict.weight, std=0.1)
    given = batch(3, low_res=False)
    together = translator.translate(given)
    assert torch.equal(together, translator.translate(given))
    one = given._replace(ids=given.ids[1:2], image=given.image[1:2])
    torch.testing.assert_close(together[1:2], translator.translate(one), rtol=1e-4, atol=1e-4)
    calm = build()
    calm.kpn.load_state_dict(translator.kpn.state_dict())
    assert (calm.translate(given) - together).abs().max() > 0.01


def test_an_unnormalised_image_changes_what_the_encoder_says():
    low = torch.rand(1, 3, *LOW_RES)
    translator = build(encoder_normalised=False)
    torch.testing.assert_close(translator._coarse(low), translator.encoder.body(low)["out"])
    assert not torch.allclose(translator._coarse(low), build()._coarse(low))


@pytest.mark.parametrize("update", ["simultaneous", "alternating", "reversal"])
def test_one_iteration_trains_both_sides(update):
    translator = build(update=update)
    before = copy.deepcopy({**translator.kpn.state_dict(), **translator.discriminator.state_dict()})
    stepped(translator)
    after = {**translator.kpn.state_dict(), **translator.discriminator.state_dict()}
    assert not torch.equal(after["predict.bias"], before["predict.bias"])
    assert not torch.equal(after["0.weight"], before["0.weight"])


@pytest.mark.parametrize(
    "name, still",
    [("dakpn-t-no-affine", slice(0, 6)), ("dakpn-t-no-blur", slice(6, 9)), ("dakpn-t-no-noise", slice(9, 12))],
)
def test_parameters_of_a_removed_component_do_not_learn(name, still):
    translator = build(name)
    before = translator.kpn.predict.bias.detach().clone()
    stepped(translator, 2)
    moved = translator.kpn.predict.bias != before
    assert not moved[still].any() and moved.sum() == 12 - (still.stop - still.start)


def test_without_real_low_images_their_term_is_missing():
    (with_real,), _ = stepped(build())
    (without,), _ = stepped(build(real_low=False))
    assert without["d_low"] < with_real["d_low"]


def test_tiles_and_full_images_agree_where_parameters_do_not_vary():
    # Any blur shows at the borders of tiles, so there is none here.
    full, tiles = build(sigma_start=0.01), build(tiling="tiles", sigma_start=0.01)
    given = batch(low_res=False)
    torch.testing.assert_close(full.translate(given), tiles.translate(given), rtol=1e-4, atol=1e-4)


def test_full_images_and_tiles_differ_where_parameters_vary():
    full, tiles = build(), build(tiling="tiles")
    for translator in (full, tiles):
        torch.manual_seed(2)
        torch.nn.init.normal_(translator.kpn.predict.weight, std=0.5)
    given = batch(low_res=False)
    assert (full.translate(given) - tiles.translate(given)).abs().max() > 0.01


def test_a_change_outside_the_blur_window_leaves_a_pixel_alone():
    """With the low-resolution image held fixed, one source pixel reaches 12 pixels and no further."""
    translator = build()
    with torch.no_grad():
        translator.kpn.predict.bias[6:9] = 20.0
    given = batch()
    changed = given._replace(image=given.image.clone())
    changed.image[..., 24, 40] = 1 - changed.image[..., 24, 40]
    moved = (translator.translate(given) - translator.translate(changed)).abs().amax((0, 1)) > 1e-7
    rows, columns = moved.nonzero(as_tuple=True)
    assert moved.any() and (rows - 24).abs().max() <= 12 and (columns - 40).abs().max() <= 12


@pytest.mark.parametrize("components", [[], ["blur", "blur"], ["shear"]])
def test_components_are_a_choice_of_the_three(components):
    with pytest.raises(InputError, match="methods.dakpn-t.components"):
        build(components=components)


def test_theta_and_clipped_pixels_are_watched():
    """A noise of scale 9 pushes half of all values past 1; a value of one half lies inside."""
    translator, theta = build(), torch.tensor([2.0, 1, 1, 0, 0, 0.25, *[0.0] * 3, *[9.0] * 3])
    translator.kpn = KernelPredictor(19)
    translator.kpn.predict.bias.data = theta.clone()
    (losses,), _ = stepped(translator)
    assert [losses[f"theta_{name}"].item() for name in NAMES] == pytest.approx(theta.tolist(), abs=1e-5)
    assert losses["clipped"] > 0.7 and not losses["clipped"].requires_grad
    translator.kpn.predict.bias.data = torch.tensor([1.0, 0, 0, 0, 0, 0.5, *[0.0] * 6])
    (losses,), _ = stepped(translator)
    assert losses["clipped"] == 0
