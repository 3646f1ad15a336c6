import pytest
import torch

from dakpn.model.kernels import Kernels


def test_from_channels_splits_in_the_papers_order():
    theta = torch.arange(12.0).view(1, 12, 1, 1).expand(2, 12, 3, 4)
    kernels = Kernels.from_channels(theta)
    assert [part[0, :, 0, 0].tolist() for part in kernels] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    assert all(part.shape == (2, 3, 3, 4) for part in kernels)
    assert torch.equal(torch.cat(kernels, 1), theta)


@pytest.mark.parametrize("shape", [(1, 11, 2, 2), (12, 2, 2), (1, 13, 2, 2)])
def test_from_channels_rejects_other_shapes(shape):
    with pytest.raises(ValueError, match="12"):
        Kernels.from_channels(torch.zeros(shape))


def test_resize_interpolates_between_pixel_centres_and_keeps_sigma_in_full_resolution_pixels():
    theta = torch.zeros(1, 12, 1, 2)
    theta[:, 6:9, :, 1] = 4
    kernels = Kernels.from_channels(theta).resize((2, 4))
    assert kernels.sigma[0, 0].tolist() == [[0, 1, 3, 4]] * 2
    assert all(part.shape == (1, 3, 2, 4) for part in kernels)


def test_resize_to_the_same_size_changes_nothing():
    kernels = Kernels.from_channels(torch.rand(2, 12, 5, 7))
    assert all(torch.equal(a, b) for a, b in zip(kernels, kernels.resize((5, 7)), strict=True))


def test_resize_of_a_batch_is_the_batch_of_resizes():
    theta = torch.rand(3, 12, 4, 6)
    together = torch.cat(Kernels.from_channels(theta).resize((9, 11)), 1)
    alone = torch.cat([torch.cat(Kernels.from_channels(one[None]).resize((9, 11)), 1) for one in theta])
    torch.testing.assert_close(together, alone)


def test_resize_lets_gradients_through():
    theta = torch.rand(1, 12, 2, 3, requires_grad=True)
    torch.cat(Kernels.from_channels(theta).resize((8, 9)), 1).sum().backward()
    torch.testing.assert_close(theta.grad.sum(), torch.tensor(12.0 * 72))


def test_identity_has_the_asked_shape_type_and_values():
    kernels = Kernels.identity(2, 3, 4, dtype=torch.float64, device="cpu")
    assert all(part.shape == (2, 3, 3, 4) and part.dtype == torch.float64 for part in kernels)
    assert (kernels.weight == 1).all() and (kernels.bias == 0).all() and (kernels.noise == 0).all()
