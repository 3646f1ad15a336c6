import os
import subprocess
import sys
import warnings

import pytest
import torch
from literal import literal_blur

from dakpn.model.blur import function, local_gaussian_blur, native

torch.set_num_threads(1)


def _has_compiler() -> bool:
    try:
        native.library()
    except native.CompilerError:
        return False
    return True


COMPILED = pytest.param("compiled", marks=pytest.mark.skipif(not _has_compiler(), reason="no working C compiler"))
both = pytest.mark.parametrize("backend", ["eager", COMPILED])


def random_image(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def impulse() -> torch.Tensor:
    image = torch.zeros(1, 3, 41, 41)
    image[0, 1, 20, 20] = 1
    return image


IMAGES = {
    "random": random_image(0, 2, 3, 37, 53),
    "constant": torch.full((1, 3, 20, 31), 0.7),
    "impulse": impulse(),
    "one pixel": random_image(1, 1, 3, 1, 1),
    "one row": random_image(2, 2, 3, 1, 67),
    "one column": random_image(3, 1, 3, 67, 1),
    "wide": random_image(4, 1, 3, 5, 200),
    "not contiguous": random_image(5, 2, 33, 29, 3).permute(0, 3, 1, 2)[:, :, ::2, 1:],
}


def sigma_like(image: torch.Tensor, scale: float) -> torch.Tensor:
    return torch.randn(image.shape, generator=torch.Generator().manual_seed(9)) * scale


@both
def test_tiny_sigma_is_the_identity(backend):
    image = IMAGES["random"]
    for sigma in (0.0, 1e-30, -1e-4, 0.1):
        assert torch.equal(local_gaussian_blur(image, torch.full_like(image, sigma), backend=backend), image)


@both
def test_huge_sigma_is_the_mean_of_the_window(backend):
    image = IMAGES["random"]
    padded = torch.nn.functional.pad(image, (12,) * 4, mode="replicate")
    mean = torch.nn.functional.avg_pool2d(padded, 25, stride=1)
    for sigma in (1e4, 1e30, 3e38):
        torch.testing.assert_close(
            local_gaussian_blur(image, torch.full_like(image, sigma), backend=backend), mean, atol=1e-5, rtol=0
        )


@both
def test_weights_sum_to_one(backend):
    image = IMAGES["constant"]
    out = local_gaussian_blur(image, sigma_like(image, 3), backend=backend)
    torch.testing.assert_close(out, image, atol=1e-6, rtol=0)


@both
def test_the_sign_of_sigma_is_free(backend):
    image = IMAGES["random"]
    sigma = sigma_like(image, 2)
    expected = local_gaussian_blur(image, sigma, backend=backend)
    assert torch.equal(local_gaussian_blur(image, -sigma, backend=backend), expected)


@both
def test_the_kernel_belongs_to_the_output_pixel(backend):
    image, sigma = IMAGES["impulse"], torch.zeros(1, 3, 41, 41)
    sigma[0, 1, 20, 23] = 2.0
    out = local_gaussian_blur(image, sigma, backend=backend)
    assert out[0, 1, 20, 20] == 1
    assert out[0, 1, 20, 23] > 0.01
    assert (out[0, 1] > 1e-30).sum() == 2 and out[0, (0, 2)].abs().max() == 0


@both
def test_a_batch_is_blurred_as_its_images(backend):
    image = IMAGES["random"]
    sigma = sigma_like(image, 2)
    alone = torch.cat([local_gaussian_blur(image[i : i + 1], sigma[i : i + 1], backend=backend) for i in range(2)])
    torch.testing.assert_close(local_gaussian_blur(image, sigma, backend=backend), alone, atol=1e-6, rtol=0)


@both
@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0, 50.0])
def test_agrees_with_the_literal_definition(backend, name, scale):
    image = IMAGES[name]
    sigma = sigma_like(image, scale)
    out = local_gaussian_blur(image, sigma, backend=backend)
    torch.testing.assert_close(out, literal_blur(image, sigma).float(), atol=1e-5, rtol=0)


@both
@pytest.mark.parametrize("kernel_size", [1, 3, 7, 65, 67])
def test_agrees_with_the_literal_definition_for_other_windows(backend, kernel_size):
    image = IMAGES["random"][:1, :1]
    sigma = sigma_like(image, 6)
    out = local_gaussian_blur(image, sigma, kernel_size, backend=backend)
    torch.testing.assert_close(out, literal_blur(image, sigma, kernel_size).float(), atol=1e-5, rtol=0)


@both
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", ["random", "one pixel", "one row", "one column", "wide", "not contiguous"])
def test_gradients_agree_with_the_literal_definition(backend, threads, name):
    image = IMAGES[name].clone().requires_grad_()
    sigma = sigma_like(image, 2).requires_grad_()
    grad = sigma_like(image, 1).flip(-1)
    torch.set_num_threads(threads)
    try:
        ours = torch.autograd.grad(local_gaussian_blur(image, sigma, backend=backend), (image, sigma), grad)
    finally:
        torch.set_num_threads(1)
    literal = torch.autograd.grad(literal_blur(image, sigma), (image, sigma), grad.double())
    for mine, expected in zip(ours, literal, strict=True):
        torch.testing.assert_close(mine, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kernel_size", [1, 3, 7, 25])
def test_gradients_agree_with_finite_differences(kernel_size):
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, 2, 4, 5, dtype=torch.float64, generator=generator).requires_grad_()
    sigma = (torch.rand(1, 2, 4, 5, dtype=torch.float64, generator=generator) * 2 + 0.2).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x, s: local_gaussian_blur(x, s, kernel_size), (image, sigma), fast_mode=kernel_size > 7
    )


@both
@pytest.mark.parametrize("wanted", ["image", "sigma"])
def test_each_gradient_can_be_asked_for_alone(backend, wanted):
    image = IMAGES["random"].clone().requires_grad_(wanted == "image")
    sigma = sigma_like(image, 2).requires_grad_(wanted == "sigma")
    local_gaussian_blur(image, sigma, backend=backend).square().sum().backward()
    assert (image.grad is None) == (wanted == "sigma") and (sigma.grad is None) == (wanted == "image")


@both
def test_the_gradient_of_sigma_is_finite_everywhere_and_alive_at_its_start(backend):
    image = IMAGES["random"][:1, :, :8, :9].clone()
    for value in (0.0, 1e-20, 1e-4, 0.08, 0.15, 1e4, 1e20, 3e38, -3e38):
        sigma = torch.full_like(image, value, requires_grad=True)
        local_gaussian_blur(image, sigma, backend=backend).square().sum().backward()
        assert sigma.grad.isfinite().all(), value
    for value in (0.25, 0.3):
        sigma = torch.full_like(image, value, requires_grad=True)
        local_gaussian_blur(image, sigma, backend=backend).square().sum().backward()
        assert sigma.grad.abs().median() > 1e-4


@both
def test_a_broken_sigma_shows_in_the_result(backend):
    image = IMAGES["random"]
    sigma = torch.zeros_like(image)
    sigma[0, 0, 3, 4] = float("nan")
    assert local_gaussian_blur(image, sigma, backend=backend)[0, 0, 3, 4].isnan()


@both
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_images_are_blurred_in_single_precision(backend, dtype):
    image = IMAGES["random"].to(dtype)
    sigma = sigma_like(image, 2).to(dtype)
    out = local_gaussian_blur(image, sigma, backend=backend)
    assert torch.equal(out, local_gaussian_blur(image.float(), sigma.float(), backend=backend).to(dtype))


def test_an_empty_batch_stays_empty():
    assert local_gaussian_blur(torch.zeros(0, 3, 4, 5), torch.zeros(0, 3, 4, 5)).shape == (0, 3, 4, 5)


@pytest.mark.parametrize(
    ("shape", "size", "backend", "message"),
    [
        ((1, 3, 4, 4), 25, "eager", "one shape"),
        ((1, 3, 4, 5), 24, "eager", "odd"),
        ((1, 3, 4, 5), -1, "eager", "odd"),
        ((1, 3, 4, 5), 25, "fast", "auto, eager, compiled"),
    ],
)
def test_wrong_arguments_are_named(shape, size, backend, message):
    with pytest.raises(ValueError, match=message):
        local_gaussian_blur(torch.zeros(1, 3, 4, 5), torch.zeros(shape), size, backend=backend)


@pytest.fixture(params=["/bin/false", "/nowhere/cc"])
def broken_compiler(request, tmp_path, monkeypatch):
    monkeypatch.setenv("CC", request.param)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    caches = (native.library, function.compiler_works)
    for cached in caches:
        cached.cache_clear()
    yield tmp_path
    for cached in caches:
        cached.cache_clear()


def test_without_a_compiler_auto_warns_once_and_falls_back(broken_compiler):
    image = IMAGES["random"]
    with pytest.warns(RuntimeWarning, match="C code"):
        out = local_gaussian_blur(image, image, backend="auto")
    assert torch.equal(out, local_gaussian_blur(image, image, backend="eager"))
    with warnings.catch_warnings(action="error"):
        local_gaussian_blur(image, image, backend="auto")
    assert not list(broken_compiler.rglob("*.so"))


def test_without_a_compiler_compiled_says_why(broken_compiler):
    with pytest.raises(native.CompilerError, match="failed|nowhere"):
        local_gaussian_blur(IMAGES["random"], IMAGES["random"], backend="compiled")


@pytest.mark.slow  # reads the peak memory of a process of its own
@both
@pytest.mark.parametrize("size", [(256, 256), (720, 1280)])
def test_forward_and_backward_stay_below_sixteen_images_of_memory(backend, size):
    code = (
        "import resource, torch; torch.set_num_threads(1); from dakpn.model.blur import local_gaussian_blur as blur\n"
        "def run(height, width):\n"
        "    image = torch.rand(1, 3, height, width).requires_grad_()\n"
        "    sigma = (torch.rand(1, 3, height, width) * 5).requires_grad_()\n"
        "    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"    blur(image, sigma, backend={backend!r}).sum().backward()\n"
        "    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) * 1024 / (4 * image.numel())\n"
        f"run(16, 16); print(run{size})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(run.stdout) < 16


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("scale", [0.3, 2.0, 50.0])
def test_the_gpu_agrees_with_the_literal_definition(scale):
    image = IMAGES["random"].clone().requires_grad_()
    sigma = sigma_like(image, scale).requires_grad_()
    there = [tensor.detach().cuda().requires_grad_() for tensor in (image, sigma)]
    out, expected = local_gaussian_blur(*there), literal_blur(image, sigma)
    torch.testing.assert_close(out.cpu().double(), expected, atol=1e-5, rtol=0)
    out.square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(there[0].grad.cpu(), image.grad, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(there[1].grad.cpu(), sigma.grad, atol=1e-4, rtol=1e-4)


def test_the_gpu_kernels_compile_for_gpus_that_are_not_there(tmp_path, monkeypatch):
    pytest.importorskip("triton", reason="Triton is not installed, so no kernel can be compiled")
    from benchmarks.kernels import ARCHITECTURES, VARIANTS, compiled

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    programs = list(compiled())
    for program in programs:
        print(program)
        assert 0 < program.registers <= 255 and program.stack == 0
    assert len(programs) == len(ARCHITECTURES) * len(VARIANTS) and list(tmp_path.iterdir())


@pytest.mark.slow  # Triton's interpreter takes seconds for a few pixels
def test_the_gpu_kernels_are_right_in_the_interpreter():
    pytest.importorskip("triton")
    code = (
        "import torch; from dakpn.model.blur import gpu, eager\n"
        "image, sigma, grad = torch.rand(3, 2, 7, 9); sigma = sigma * 4 - 1\n"
        "torch.testing.assert_close(gpu.forward(image, sigma, 5), eager.forward(image, sigma, 5), atol=1e-5, rtol=0)\n"
        "ours, theirs = (module.backward(image, sigma, grad, 5, True, True) for module in (gpu, eager))\n"
        "torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)\n"
    )
    environment = os.environ | {"TRITON_INTERPRET": "1"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
