import numpy as np
import torch

from dakpn.training.sampling import IndexSampler, as_bytes, as_tensor, crops


def test_every_index_occurs_once_per_epoch():
    sampler = IndexSampler(10, 5, seed=0)
    assert sorted(torch.cat([sampler.next(), sampler.next()]).tolist()) == list(range(10))


def test_batch_larger_than_the_set():
    assert sorted(IndexSampler(2, 4, seed=0).next().tolist()) == [0, 0, 1, 1]


def test_saved_position_continues():
    sampler, other = IndexSampler(10, 3, seed=0), IndexSampler(10, 3, seed=1)
    sampler.next()
    other.load_state_dict(sampler.state_dict())
    assert all(torch.equal(sampler.next(), other.next()) for _ in range(7))


def test_bytes_survive_the_way_to_tensors_and_back():
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 6, 3), dtype=np.uint8)
    tensor = as_tensor(images)
    assert tensor.shape == (2, 3, 4, 6) and 0 <= tensor.min() and tensor.max() <= 1
    assert np.array_equal(as_bytes(tensor), images)


def test_bytes_are_rounded_or_truncated():
    images = torch.tensor([0.0, 99.4, 99.6, 254.9, 255.0]).div(255).view(1, 1, 1, 5).expand(1, 3, 1, 5)
    assert as_bytes(images)[0, 0, :, 0].tolist() == [0, 99, 100, 255, 255]
    assert as_bytes(images, "down")[0, 0, :, 0].tolist() == [0, 99, 99, 254, 255]


def test_crops_are_parts_of_their_images():
    images = np.arange(2 * 6 * 8 * 3, dtype=np.uint8).reshape(2, 6, 8, 3)
    torch.manual_seed(0)
    for patch, image in zip(crops(images, torch.tensor([0, 1]), (3, 4)), images, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(image, (3, 4, 3)).reshape(-1, 3, 4, 3)
        assert any(np.array_equal(patch, window) for window in windows)


def test_crop_of_the_whole_image_is_the_image_or_its_mirror():
    images = np.random.default_rng(0).integers(0, 256, (1, 4, 6, 3), dtype=np.uint8)
    torch.manual_seed(0)
    seen = {crops(images, torch.tensor([0]), (4, 6), flip=True).tobytes() for _ in range(20)}
    assert seen == {images.tobytes(), images[:, :, ::-1].tobytes()}
