"""Scenes and their two renderers: every class, equal labels, equal seeds, and a camera whose parts all act."""

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError
from dakpn.procedural.camera import COMPONENTS, STRENGTH, render_camera
from dakpn.procedural.game import linear_to_srgb, render_game, srgb_to_linear
from dakpn.procedural.label_maps import train_ids
from dakpn.procedural.materials import MATERIALS
from dakpn.procedural.optics import gaussian_blur, haze
from dakpn.procedural.shift import GROUPS, LAYOUT, VARIANTS, render_variant
from dakpn.procedural.worlds import World

SIZES = {"street": (48, 80), "face": (48, 48)}
TASKS = tuple(SIZES)


def share_of_images(task, domain, count):
    """Fraction of scenes in which each train id occurs."""
    world = World(task, domain, 0)
    table = train_ids(task, domain)
    found = np.zeros(256)
    for k in range(count):
        found[np.unique(table[world.scene(0, k, SIZES[task], domain).labels()])] += 1
    return found / count


@pytest.mark.parametrize("domain", ["source", "target"])
def test_every_street_class_is_in_a_fifth_of_the_scenes(domain):
    share = share_of_images("street", domain, 60)[:19]
    assert share.min() >= 0.2, dict(zip(LABEL_SPACES["cityscapes"].classes, share, strict=True))


def test_every_face_part_occurs_that_the_data_set_has():
    source, target = (share_of_images("face", domain, 60) for domain in ("source", "target"))
    assert target[1:19].min() > 0.1
    jewellery = [15, 16]
    assert np.delete(source[1:19], [i - 1 for i in jewellery]).min() > 0.1
    assert not source[jewellery].any()


@pytest.mark.parametrize("task", TASKS)
def test_every_label_of_a_scene_has_a_material(task):
    for domain in ("source", "target"):
        scene = World(task, domain, 1).scene(0, 3, SIZES[task], domain)
        assert set(np.unique(scene.klass)) <= set(MATERIALS[task])


@pytest.mark.parametrize("task", TASKS)
def test_outlines_repaint_the_labels(task):
    scene = World(task, "target", 1).scene(0, 0, (96, 96), "target")
    canvas = Image.new("L", scene.size[::-1])
    for klass, polygon in scene.outlines:
        ImageDraw.Draw(canvas).polygon([tuple(point) for point in polygon], fill=klass)
    assert (np.asarray(canvas) == scene.labels()).mean() > 0.9


def test_haze_veils_what_is_far_more_than_what_is_near():
    light = np.zeros((8, 8, 3), np.float32)
    depth = np.full((8, 8), 5.0, np.float32)
    depth[:4] = 100.0
    veiled = haze(light, 1.0, np.random.default_rng(0), depth=depth)
    assert veiled[0].min() > veiled[-1].max() > 0


def test_blur_at_half_resolution_agrees_with_the_exact_one():
    edge = np.zeros((64, 64, 3), np.float32)
    edge[:, 32:] = 1
    exact = [0.5 * (1 + math.erf((x - 31.5) / 2.2 / math.sqrt(2))) for x in range(64)]
    np.testing.assert_allclose(gaussian_blur(edge, 2.2)[32, :, 0], exact, atol=0.015)


@pytest.mark.parametrize("task", TASKS)
def test_camera_without_components_is_the_game(task):
    world = World(task, "pairs", 0)
    scene = world.scene(0, 0, SIZES[task], "source")
    np.testing.assert_array_equal(render_camera(scene, world.camera_streams(0, 0), task, ()), render_game(scene))


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("component", COMPONENTS)
def test_every_component_changes_the_image_and_keeps_colours_off_the_corners(task, component):
    world = World(task, "pairs", 0)
    scene = world.scene(0, 1, SIZES[task], "source")
    image = render_camera(scene, world.camera_streams(0, 1), task, (component,))
    difference = np.abs(image.astype(int) - render_game(scene))
    assert image.shape == (*SIZES[task], 3) and image.dtype == np.uint8
    assert 0.05 < difference.mean() < 80
    assert 3 <= image.min() and image.max() <= 252


@pytest.mark.parametrize("task", TASKS)
def test_full_size_camera_shows_the_part_map_pixel_by_pixel(task):
    world = World(task, "target", 0)
    scene = world.scene(0, 0, SIZES[task], "target")
    small = render_camera(scene, world.camera_streams(0, 0), task, ("exposure",))
    large = render_camera(scene, world.camera_streams(0, 0), task, ("exposure",), full=True)
    assert large.shape[:2] == scene.parts.shape
    assert np.abs(large.mean((0, 1)) - small.mean((0, 1))).max() < 3


@pytest.mark.parametrize("task", TASKS)
def test_equal_seeds_give_equal_scenes_and_streams_share_none(task):
    size = SIZES[task]
    scenes = {
        stream: World(task, stream, 4).scene(0, 2, size, "source").parts
        for stream in ("source", "target", "pairs", "shift")
    }
    np.testing.assert_array_equal(scenes["source"], World(task, "source", 4).scene(0, 2, size, "source").parts)
    names = list(scenes)
    assert not any((scenes[a] == scenes[b]).all() for a in names for b in names if a < b)


def test_variants_cover_every_component_alone_every_group_and_all():
    assert sorted(name for members in GROUPS.values() for name in members) == sorted((*COMPONENTS, LAYOUT))
    for task in TASKS:
        assert set(VARIANTS) == {"none", *COMPONENTS, LAYOUT, *GROUPS, "all"}
        assert set(STRENGTH[task]) == set(COMPONENTS)
        assert VARIANTS["all"].layout and VARIANTS["all"].components == frozenset(COMPONENTS)


@pytest.mark.parametrize("task", TASKS)
def test_variants_of_equal_layout_share_their_labels(task):
    size = SIZES[task]
    rendered = {
        name: render_variant(task, name, count=2, size=size, seed=5)
        for name in ("none", "photometric", "layout", "all")
    }
    for name, (images, labels) in rendered.items():
        assert images.shape == (2, *size, 3) and labels.shape == (2, *size)
        twin = rendered["none" if name in ("none", "photometric") else "all"][1]
        np.testing.assert_array_equal(labels, twin)
    assert (rendered["none"][1] != rendered["all"][1]).any()
    assert (rendered["none"][0] != rendered["photometric"][0]).any()


def test_unknown_variant_is_refused():
    with pytest.raises(InputError, match="sunshine"):
        render_variant("street", "sunshine", count=1, size=(32, 32), seed=0)


def test_transfer_curves_are_inverse():
    values = np.linspace(0, 1, 101)
    np.testing.assert_allclose(linear_to_srgb(srgb_to_linear(values)), values, atol=1e-6)
