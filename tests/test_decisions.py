"""The ledger of choices agrees with the code it speaks of."""

from pathlib import Path

import pytest
import yaml

from baselines import METHODS
from dakpn.config import Configuration, ReaderOptions
from dakpn.segmentation.evaluation import PROTOCOLS

LEDGER = yaml.safe_load((Path(__file__).parents[1] / "paper" / "decisions.yaml").read_text())


def test_protocols_are_the_codes():
    found = {name: {"absent": p.absent, "classes": p.classes} for name, p in PROTOCOLS.items()}
    assert found == LEDGER["protocols"]


@pytest.mark.parametrize("entry", LEDGER["decisions"], ids=lambda entry: entry["topic"])
def test_entry_is_whole_and_its_switch_exists(entry):
    assert {"topic", "paper", "released", "here", "switch"} <= set(entry)
    for switch in (entry["switch"] or "").split(", "):
        parts = switch.split(".")
        if parts[0] == "methods" and len(parts) == 3:
            assert parts[2] in METHODS["dakpn-s"].Config.model_fields
        elif parts[0] == "methods":
            assert parts[1] in METHODS
        elif "options" in parts:
            assert parts[-1] in ReaderOptions.model_fields
        elif switch:
            assert parts[0] in Configuration.model_fields
