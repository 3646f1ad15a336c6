"""`python -m workflow.key_reference` writes config/README.md, the reference of all configuration keys."""

from pathlib import Path

from baselines import METHODS
from dakpn.config.reference import key_reference
from dakpn.files import atomic_path
from dakpn.segmentation import SEGMENTERS
from dakpn.translation.instances import Preset

PATH = Path(__file__).parents[1] / "config" / "README.md"


def text() -> str:
    """The page as it should be."""
    methods = {name: entry.Config for name, entry in METHODS.items() if not isinstance(entry, Preset)}
    networks = {name: entry.Config for name, entry in SEGMENTERS.items()}
    return key_reference({"Methods (sections under `methods`)": methods, "Segmenters (and `encoder`)": networks})


if __name__ == "__main__":
    with atomic_path(PATH) as temporary:
        temporary.write_text(text(), encoding="utf-8")
