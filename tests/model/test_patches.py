"""What an iteration reads, against slices of whole images."""

import numpy as np
import torch
from tiny_methods import IMAGE, LOW_RES, Views

from dakpn.model.patches import PatchBatches


def batches(source, target, seed=0, **changes):
    settings = {"batch": 4, "grid": 4, "seed": seed, "device": "cpu", "low": True} | changes
    return PatchBatches(source, target, **settings)


def test_patch_and_low_resolution_cell_show_the_same_part():
    source, target = Views(1), Views(2)
    torch.manual_seed(0)
    reader = batches(source, target)
    for _ in range(20):
        batch = reader.next()
        cell = batch.cell
        assert cell.size == (IMAGE[0] // 4, IMAGE[1] // 4)
        assert cell.rows.start * LOW_RES[0] == cell.low_rows.start * IMAGE[0]
        assert cell.columns.start * LOW_RES[1] == cell.low_columns.start * IMAGE[1]
        whole = source.images[batch.indices.numpy()]
        expected = whole[:, cell.rows, cell.columns].transpose(0, 3, 1, 2) / np.float32(255)
        np.testing.assert_allclose(batch.patch.numpy(), expected, rtol=1e-6)
        assert batch.low.shape == batch.real_low.shape == (4, 3, *LOW_RES)
        assert batch.real_patch.shape == batch.patch.shape


def test_all_cells_are_visited():
    torch.manual_seed(0)
    reader = batches(Views(1), Views(2))
    seen = {(cell.rows.start, cell.columns.start) for cell in (reader.next().cell for _ in range(200))}
    assert len(seen) == 16


def test_pixels_outside_the_patch_are_not_read():
    """A view that refuses to hand out whole images serves as well."""

    class Patches(np.ndarray):
        def __getitem__(self, key):
            assert isinstance(key, int | tuple), "a whole image was read"
            return np.asarray(super().__getitem__(key))

    source, target = Views(1), Views(2)
    source.images, target.images = source.images.view(Patches), target.images.view(Patches)
    assert batches(source, target).next().patch.shape == (4, 3, IMAGE[0] // 4, IMAGE[1] // 4)


def test_state_continues_where_it_was_saved():
    source, target = Views(1), Views(2)
    first = batches(source, target)
    first.next()
    state, torch_state = first.state_dict(), torch.get_rng_state()
    expected = first.next()
    second = batches(source, target, seed=5)
    second.load_state_dict(state)
    torch.set_rng_state(torch_state)
    found = second.next()
    assert torch.equal(found.indices, expected.indices) and torch.equal(found.real_patch, expected.real_patch)


def test_low_resolution_target_images_are_left_out_on_demand():
    assert batches(Views(1), Views(2), low=False).next().real_low is None
