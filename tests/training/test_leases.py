"""Jobs side by side have different GPUs, and one that is killed gives its own back. Devices are invented."""

import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import torch
from runs import ROOT

from dakpn.errors import InputError
from dakpn.training import device as devices
from dakpn.training.device import Utilisation, choose_device, choose_devices

HOLDER = """
import sys
from dakpn.training.leases import lease
print(lease(sys.argv[2:], sys.argv[1]), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Start a job that leases one of the devices and keeps it: (its process, the device's position)."""
    started = []

    def start(*names):
        words = [sys.executable, "-c", HOLDER, str(tmp_path / "leases"), *names]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(words, env=os.environ | {"PYTHONPATH": str(ROOT)}, **pipes))
        return started[-1], int(started[-1].stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_as_many_jobs_as_devices_have_one_each_and_further_jobs_share_evenly(holder):
    taken = [holder("GPU-a", "GPU-b", "GPU-c")[1] for _ in range(6)]
    assert sorted(taken[:3]) == sorted(taken[3:]) == [0, 1, 2]


def test_jobs_that_see_other_devices_count_them_by_name(holder):
    """As where somebody has set CUDA_VISIBLE_DEVICES: the first that one job sees is the second of another."""
    assert holder("GPU-b")[1] == 0
    assert [holder("GPU-a", "GPU-b")[1], holder("GPU-c", "GPU-a", "GPU-b")[1]] == [0, 0]
    assert holder("GPU-b", "GPU-d")[1] == 1


def test_a_killed_job_frees_its_device(holder):
    first, _ = holder("GPU-a", "GPU-b")
    holder("GPU-a", "GPU-b")
    first.kill()
    first.wait()
    assert holder("GPU-a", "GPU-b")[1] == 0


def test_the_leased_device_is_the_job_s(monkeypatch):
    chosen = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: SimpleNamespace(uuid=f"GPU-{number}"))
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setattr(devices, "lease", lambda uuids: uuids.index("GPU-2"))
    assert choose_device("auto") == torch.device("cuda", 2) and chosen == [torch.device("cuda", 2)]
    assert choose_device("cpu") == torch.device("cpu") and len(chosen) == 1


def test_a_training_on_several_devices_leases_each_once(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: SimpleNamespace(uuid=f"GPU-{number}"))
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: None)
    monkeypatch.setattr(devices, "lease", lambda uuids: len(uuids) - 1)
    assert [device.index for device in choose_devices("auto", 2)] == [2, 1]
    with pytest.raises(InputError, match="devices: 4 are demanded and 3 visible"):
        choose_devices("auto", 4)
    assert choose_devices("cpu", 2) == [torch.device("cpu")] * 2


def test_utilisation_is_the_mean_of_samples_and_nothing_on_a_cpu(monkeypatch):
    samples = iter([20, 60])

    def sample(device):
        try:
            return next(samples)
        except StopIteration:
            raise ModuleNotFoundError from None

    monkeypatch.setattr(torch.cuda, "utilization", sample)
    monkeypatch.setattr(devices, "SAMPLED", 0.0)
    load = Utilisation(torch.device("cuda", 0))
    end = time.monotonic() + 60
    while len(load.samples) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    assert load.mean == pytest.approx(0.4) and Utilisation(torch.device("cpu")).mean is None
