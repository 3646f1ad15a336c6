"""SegFormer (Xie et al., NeurIPS 2021), the transformer among the segmenters, from the library `transformers`.

Why SegFormer: it is the transformer that the released code's last version trains with. Why this library: it takes
images of any size from 32x32, where segmentation-models-pytorch demands multiples of 32, which the paper's 720x1280 is
not; the authors published their weights in its format; and it does not require torch, so that installing it cannot
replace the torch that is there.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field
from safetensors import SafetensorError

from dakpn.errors import InputError
from dakpn.segmentation.contract import Segmenter, SegmenterConfig

# Table 6 of Xie et al.: blocks and widths of the four stages, width of the decoder.
_VARIANTS = {
    "b0": ((2, 2, 2, 2), (32, 64, 160, 256), 256),
    "b1": ((2, 2, 2, 2), (64, 128, 320, 512), 256),
    "b2": ((3, 4, 6, 3), (64, 128, 320, 512), 768),
    "b3": ((3, 4, 18, 3), (64, 128, 320, 512), 768),
    "b4": ((3, 8, 27, 3), (64, 128, 320, 512), 768),
    "b5": ((3, 6, 40, 3), (64, 128, 320, 512), 768),
}
_LEAST = 32  # pixels: the first stage's attention shrinks a map of stride 4 by 8


class SegFormer(Segmenter):
    """Hierarchical transformer with an all-MLP decoder; b0 has 3,719,027 parameters for 19 classes; stride 4."""

    label = "SegFormer"
    library, extra = "transformers", "transformer"

    class Config(SegmenterConfig):
        variant: Literal["b0", "b1", "b2", "b3", "b4", "b5"] = Field(
            "b0", description="size of the network; images are at least 32 pixels high and wide"
        )
        weights: str = Field("none", description="start: none | folder with config.json and the weights beside it")

    @staticmethod
    def build(config, num_classes, *, training):
        from transformers import SegformerConfig, SegformerForSemanticSegmentation

        depths, widths, decoder = _VARIANTS[config.variant]
        sizes = SegformerConfig(
            num_labels=num_classes, depths=list(depths), hidden_sizes=list(widths), decoder_hidden_size=decoder
        )
        if training and config.weights != "none":
            network = _pretrained(config, sizes)
        else:
            network = SegformerForSemanticSegmentation(sizes)
        network.register_forward_pre_hook(_check_size)
        network.register_forward_hook(lambda network, images, output: output.logits)
        return network


def _check_size(network, images):
    height, width = images[0].shape[-2:]
    if min(height, width) < _LEAST:
        raise InputError(
            f"network: segformer takes images of at least {_LEAST}x{_LEAST} pixels, not {height}x{width}. "
            "Raise the size in the configuration, or choose another network."
        )


def _pretrained(config, sizes):
    """The network with the encoder of the folder `config.weights`, and its decoder where there is one; layers whose
    number of classes differs are drawn. Nothing is downloaded."""
    from transformers import SegformerForSemanticSegmentation

    if not (Path(config.weights) / "config.json").is_file():
        raise InputError(
            f"weights: no config.json in {config.weights}. Use none or the folder of a published SegFormer."
        )
    try:
        network, report = SegformerForSemanticSegmentation.from_pretrained(
            config.weights, config=sizes, local_files_only=True, ignore_mismatched_sizes=True, output_loading_info=True
        )
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        raise InputError(f"weights: {config.weights} cannot be read ({error}). Fetch the folder again.") from error
    missing = [*report["missing_keys"], *(key for key, *_ in report["mismatched_keys"])]
    if any(key.startswith("segformer.") for key in missing):
        raise InputError(f"weights: {config.weights} holds no SegFormer {config.variant}. Set `variant` to its size.")
    return network.train()
