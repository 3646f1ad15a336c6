"""The history of translated images: CycleGAN's rules of exchange, and its place in a checkpoint."""

import torch

from baselines.image_pool import ImagePool


def numbered(first: int, count: int) -> torch.Tensor:
    """(count,3,2,2) images filled with first, first + 1, ..."""
    return torch.arange(first, first + count).float().reshape(-1, 1, 1, 1).expand(-1, 3, 2, 2)


def numbers(images: torch.Tensor) -> list[int]:
    return images[:, 0, 0, 0].int().tolist()


def test_pool_returns_its_input_until_it_is_full():
    pool = ImagePool(50)
    assert numbers(pool.query(numbered(0, 30))) == list(range(30))
    assert numbers(pool.query(numbered(30, 20))) == list(range(30, 50))


def test_returned_old_image_has_been_replaced_by_the_new_one():
    torch.manual_seed(0)
    pool = ImagePool(5)
    pool.query(numbered(0, 5))
    for new in range(5, 200):
        before = [int(image[0, 0, 0]) for image in pool.state_dict()["images"]]
        (out,) = numbers(pool.query(numbered(new, 1)))
        after = [int(image[0, 0, 0]) for image in pool.state_dict()["images"]]
        if out == new:
            assert after == before
        else:
            assert out in before and out not in after and new in after


def test_about_half_of_the_returned_images_are_old_once_the_pool_is_full():
    torch.manual_seed(0)
    pool = ImagePool(50)
    pool.query(numbered(0, 50))
    out = numbers(pool.query(numbered(50, 1000)))
    new = sum(number == index + 50 for index, number in enumerate(out))
    assert 430 < new < 570


def test_pool_of_size_zero_passes_images_through_detached():
    images = numbered(0, 3).clone().requires_grad_()
    out = ImagePool(0).query(images)
    assert torch.equal(out, images) and not out.requires_grad


def test_stored_images_do_not_change_with_the_tensor_they_came_from():
    pool = ImagePool(1)
    images = numbered(7, 1).clone()
    pool.query(images)
    images.zero_()
    assert pool.state_dict()["images"][0].unique().tolist() == [7]


def test_pool_continues_from_its_state():
    one, other = ImagePool(3), ImagePool(3)
    one.query(numbered(0, 3))
    other.load_state_dict(one.state_dict())
    torch.manual_seed(1)
    expected = numbers(one.query(numbered(3, 20)))
    torch.manual_seed(1)
    assert numbers(other.query(numbered(3, 20))) == expected
