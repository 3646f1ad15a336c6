"""Sections of the configuration that describe segmenters, and what a new one takes."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from dakpn.config.inheritance import inherit
from dakpn.errors import InputError
from dakpn.segmentation import SEGMENTERS, registry
from dakpn.segmentation.networks import build_segmenter
from dakpn.segmentation.registry import resolve

ROOT = Path(__file__).parents[2]


@pytest.fixture
def installed(monkeypatch):
    """As if every optional extra were installed."""
    monkeypatch.setattr(registry, "find_spec", lambda name: object())


@pytest.mark.parametrize(
    "section, message",
    [
        ({"iterations": 1}, r"segmenters.big.network: the key is missing. Valid: small, fcn_resnet50"),
        ({"network": "smal", "iterations": 1}, r"big.network: no such network: smal. Did you mean small\?"),
        ({"network": ["small"], "iterations": 1}, r"big.network: no such network"),
        ({"network": "small", "iterations": 1, "widht": 3}, r"segmenters.big.widht: no such key. Did you mean width\?"),
        ({"network": "fcn_resnet50", "iterations": 1, "width": 3}, r"big.width: no such key"),
        ({"network": "small", "iterations": 1, "weights": "coco"}, r"big.weights: no such key"),
        ({"network": "small"}, r"segmenters.big.iterations: the key is missing"),
        ({"network": "small", "iterations": 0}, r"big.iterations: .*\(given: 0\)"),
        ({"network": "small", "iterations": 1, "optimiser": "adam"}, r"big.optimiser: .*'adam'"),
        ({"network": "segformer", "iterations": 1, "variant": "b6"}, r"big.variant: .*'b6'"),
    ],
)
def test_a_mistake_is_named_with_its_cure(section, message, installed):
    with pytest.raises(InputError, match=message):
        resolve(section, "segmenters.big")


def test_the_page_shows_a_valid_section_and_every_network(installed):
    page = (ROOT / "docs" / "extend.md").read_text().partition("## A segmenter")[2]
    shown = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    assert resolve(shown["segmenters"]["transformer"]).network == "segformer"
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert rows == ["network", *SEGMENTERS]


def test_a_missing_extra_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    with pytest.raises(InputError) as caught:
        resolve({"network": "segformer", "iterations": 1}, "segmenters.big")
    assert "segmenters.big.network: segformer needs the library transformers" in str(caught.value)
    assert str(caught.value).endswith('pip install "dakpn[transformer]"')
    resolve({"network": "small", "iterations": 1}, "segmenters.big")


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_sections_are_valid(path):
    raw = inherit(yaml.safe_load(path.read_text()), ROOT / "config")
    for section in (raw["encoder"], *raw["segmenters"].values()):
        assert resolve(section).network == section["network"]


@pytest.mark.parametrize("name", SEGMENTERS)
def test_settings_are_described_and_survive_a_dump(name, installed):
    config = resolve({"network": name, "iterations": 3, "label": "Mine"})
    assert config.label == "Mine" and SEGMENTERS[name].label
    assert all(field.description for field in type(config).model_fields.values())
    # A label is for display: changing it must not train anything again.
    dump = config.model_dump(mode="json")
    assert "label" not in dump
    assert resolve(dump) == config.model_copy(update={"label": SEGMENTERS[name].label})


def test_a_section_is_checked_without_torch():
    code = (
        "import sys; from dakpn.segmentation import SEGMENTERS; from dakpn.segmentation.registry import resolve\n"
        "for name, entry in SEGMENTERS.items():\n"
        "    entry.library or resolve({'network': name, 'iterations': 1}, 'segmenter')\n"
        "assert not {'torch', 'torchvision', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_torchvision_is_imported_only_where_it_is_used():
    code = (
        "import sys; from dakpn.segmentation.networks import build_segmenter; import dakpn.segmentation.training\n"
        "from dakpn.segmentation.registry import resolve\n"
        "build_segmenter(resolve({'network': 'small', 'iterations': 1}), 3, training=True)\n"
        "assert 'torchvision' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_new_segmenter_is_one_file_and_one_line(tmp_path, monkeypatch):
    page = (ROOT / "docs" / "extend.md").read_text()
    code = page.partition("```python dakpn/segmentation/one_layer.py\n")[2].partition("```")[0]
    (tmp_path / "one_layer.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    from one_layer import OneLayer

    monkeypatch.setitem(SEGMENTERS, "own", OneLayer)
    config = resolve({"network": "own", "iterations": 2, "kernel": 5})
    assert config.label == "one layer"
    network = build_segmenter(config, 7)
    assert network.body.kernel_size == (5, 5)
    assert network(torch.rand(2, 3, 33, 47))["out"].shape == (2, 7, 33, 47)
    with pytest.raises(InputError, match="segmenter.kernle: no such key. Did you mean kernel"):
        resolve({"network": "own", "iterations": 2, "kernle": 5})
