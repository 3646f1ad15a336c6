"""The supplementary tables that a report may show, and how it announces them."""

TITLES = {
    "gap": "Share of the gap to the target",
    "shift": "Shift card",
    "fidelity": "Fidelity",
    "geometry": "Geometry certificate",
    "benchmark": "Benchmark",
}
