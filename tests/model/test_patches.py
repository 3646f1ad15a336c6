"""What an iteration reads, against slices of whole images."""

import numpy as np
import pytest
import torch
from tiny_methods import IMAGE, LOW_RES, Views

from dakpn.model.patches import PatchBatches


def batches(source, target, seed=0, **changes):
    """Batches whose logits are the positions of the source images."""
    positions = torch.arange(len(source)).view(-1, 1, 1, 1)
    settings = {"batch": 4, "grid": 4, "seed": seed, "device": "cpu", "low": True, "logits": positions} | changes
    return PatchBatches(source, target, **settings)


def test_patch_and_low_resolution_cell_show_the_same_part():
    source, target = Views(1), Views(2)
    torch.manual_seed(0)
    reader = batches(source, target)
    for _ in range(20):
        batch = reader.next()
        for index, cell, patch in zip(batch.logits.flatten().int().tolist(), batch.cells, batch.patch, strict=True):
            assert cell.size == (IMAGE[0] // 4, IMAGE[1] // 4)
            assert cell.rows.start * LOW_RES[0] == cell.low_rows.start * IMAGE[0]
            assert cell.columns.start * LOW_RES[1] == cell.low_columns.start * IMAGE[1]
            whole = torch.from_numpy(source.images[index]).permute(2, 0, 1) / 255
            torch.testing.assert_close(patch, cell.cut(whole))
        assert batch.low.shape == batch.real_low.shape == (4, 3, *LOW_RES)
        assert batch.real_patch.shape == batch.patch.shape


def test_all_cells_are_visited():
    torch.manual_seed(0)
    reader = batches(Views(1), Views(2))
    seen = {(cell.rows.start, cell.columns.start) for _ in range(50) for cell in reader.next().cells}
    assert len(seen) == 16


@pytest.mark.parametrize("cells, distinct", [("image", {1, 2, 3, 4}), ("batch", {1})])
def test_each_image_draws_its_cell_or_the_batch_shares_one(cells, distinct):
    torch.manual_seed(0)
    reader = batches(Views(1), Views(2), cells=cells)
    counts = [len({(cell.rows.start, cell.columns.start) for cell in reader.next().cells}) for _ in range(50)]
    assert set(counts) <= distinct and max(counts) == max(distinct)


@pytest.mark.parametrize("real_patches, on_the_grid", [("grid", True), ("anywhere", False)])
def test_real_patches_lie_on_the_grid_or_anywhere(real_patches, on_the_grid):
    height, width = IMAGE[0] // 4, IMAGE[1] // 4
    target = Views(2)
    # Every pixel says where it lies.
    rows, columns = np.indices(IMAGE, dtype=np.uint8)
    target.images[..., 0], target.images[..., 1] = rows, columns
    torch.manual_seed(0)
    reader = batches(Views(1), target, real_patches=real_patches)
    corners = torch.cat([reader.next().real_patch[:, :2, 0, 0] for _ in range(20)]).mul(255).round().int()
    fits = (corners[:, 0] % height == 0) & (corners[:, 1] % width == 0)
    assert fits.all() == on_the_grid
    assert len(corners.unique(dim=0)) > 10


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
    assert torch.equal(found.logits, expected.logits) and torch.equal(found.real_patch, expected.real_patch)


def test_low_resolution_target_images_are_left_out_on_demand():
    assert batches(Views(1), Views(2), low=False).next().real_low is None
