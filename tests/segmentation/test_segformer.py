"""SegFormer from transformers: published sizes, pretrained folders, images that are too small."""

import pytest
import torch

from dakpn.errors import InputError
from dakpn.segmentation.networks import build_segmenter
from dakpn.segmentation.registry import resolve

transformers = pytest.importorskip("transformers", reason='SegFormer: run: pip install "dakpn[transformer]"')


def section(**settings):
    return resolve({"network": "segformer", "iterations": 1, **settings})


def test_b0_has_its_parameters():
    with torch.device("meta"):
        assert sum(p.numel() for p in build_segmenter(section(), 19).parameters()) == 3_719_027


@pytest.mark.parametrize(
    "variant, millions", [("b0", 3.8), ("b1", 13.7), ("b2", 27.5), ("b3", 47.3), ("b4", 64.1), ("b5", 84.7)]
)
def test_variants_have_the_published_sizes(variant, millions):
    # Table 1 of Xie et al., for the 150 classes of ADE20K.
    with torch.device("meta"):
        network = build_segmenter(section(variant=variant), 150)
    assert sum(p.numel() for p in network.parameters()) / 1e6 == pytest.approx(millions, abs=0.1)


@pytest.mark.parametrize("kind", ["SegformerForSemanticSegmentation", "SegformerForImageClassification"])
def test_a_folder_starts_the_encoder_and_what_fits_of_the_decoder(kind, tmp_path):
    torch.manual_seed(0)
    source = getattr(transformers, kind)(transformers.SegformerConfig(num_labels=7))
    source.save_pretrained(tmp_path)
    network = build_segmenter(section(weights=str(tmp_path)), 3, training=True).body
    given, own = source.state_dict(), network.state_dict()
    encoder = [key for key in own if key.startswith("segformer.")]
    assert encoder and all(torch.equal(own[key], given[key]) for key in encoder)
    if "Semantic" in kind:
        assert torch.equal(own["decode_head.linear_fuse.weight"], given["decode_head.linear_fuse.weight"])
    assert own["decode_head.classifier.weight"].shape[0] == 3 and network.training


def test_a_folder_that_does_not_fit_is_named_with_a_cure(tmp_path):
    with pytest.raises(InputError, match="weights: no config.json in .*missing"):
        build_segmenter(section(weights=str(tmp_path / "missing")), 3, training=True)
    transformers.SegformerForSemanticSegmentation(transformers.SegformerConfig()).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="holds no SegFormer b1. Set `variant`"):
        build_segmenter(section(weights=str(tmp_path), variant="b1"), 3, training=True)
    (tmp_path / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(InputError, match="weights: .* cannot be read"):
        build_segmenter(section(weights=str(tmp_path)), 3, training=True)


def test_images_that_are_too_small_are_named():
    with pytest.raises(InputError, match="at least 32x32 pixels, not 24x40"):
        build_segmenter(section(), 3).eval()(torch.rand(1, 3, 24, 40))
