"""All segmentation networks by name, and the check of a section that describes one. Nothing here imports torch."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from pydantic import ValidationError

from dakpn.config.errors import explain, nearest
from dakpn.errors import InputError
from dakpn.segmentation.contract import Segmenter, SegmenterConfig
from dakpn.segmentation.segformer import SegFormer
from dakpn.segmentation.small import Small
from dakpn.segmentation.torchvision_segmenter import DeepLabV3ResNet50, FCNResNet50

SEGMENTERS: dict[str, type[Segmenter]] = {
    "small": Small,
    "fcn_resnet50": FCNResNet50,
    "deeplabv3_resnet50": DeepLabV3ResNet50,
    "segformer": SegFormer,
}


def resolve(section: Mapping[str, Any], where: str = "segmenter") -> SegmenterConfig:
    """The settings that `section` of a configuration describes, an instance of its network's Config with a label.

    where: the section's place in the configuration, for messages. `resolve(resolve(section).model_dump())` has the same
    settings with the network's own label. Raises InputError that names the key and the nearest valid one, or the extra
    that is not installed.
    """
    name = section.get("network")
    if not isinstance(name, str) or name not in SEGMENTERS:
        given = "the key is missing." if name is None else f"no such network: {name}."
        raise InputError(f"configuration: {where}.network: {given}{nearest(str(name), SEGMENTERS)}")
    entry = SEGMENTERS[name]
    try:
        config = entry.Config.model_validate({"label": entry.label, **section})
    except ValidationError as error:
        raise InputError(explain(error, entry.Config, where)) from error
    if entry.library and find_spec(entry.library) is None:
        raise InputError(
            f"configuration: {where}.network: {name} needs the library {entry.library}, which is not installed. "
            f'Run: pip install "dakpn[{entry.extra}]"'
        )
    return config
