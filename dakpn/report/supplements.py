"""The supplementary tables that a report may show, and how it announces them."""

TITLES = {
    "claims": "Claims ledger",
    "gap": "Share of the gap to the target",
    "shift": "Shift card",
    "fidelity": "Fidelity",
    "geometry": "Geometry certificate",
    "benchmark": "Benchmark",
    "sensitivity": "Sensitivity",
}
NUMBERED = {"differences": "Differences within Table", "multiverse": "Every protocol: Table"}


def supplement_title(name: str) -> str:
    """The title of a supplementary table: "differences3" -> "Differences within Table 3"."""
    kind = name.rstrip("0123456789")
    return TITLES.get(name) or f"{NUMBERED[kind]} {name[len(kind) :]}"
