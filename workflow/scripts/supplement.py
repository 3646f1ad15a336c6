"""Rule supplement: the tables that the paper does not have."""

from pathlib import Path

import pandas as pd

from dakpn.tables.format import write
from dakpn.tables.gap import gap_table
from dakpn.tables.paper import load_tables
from dakpn.tables.supplementary import fidelity_table, shift_table
from workflow.journal import logged

params, kind = snakemake.params, snakemake.wildcards.kind
TITLES = {
    "gap": "Gap: how much of the way from untranslated source to a network trained on real labels a method goes",
    "shift": "Shift card: what each part of the procedural domain shift costs a network trained on untranslated source",
    "fidelity": "Fidelity: translations of held-out scenes against the true rendering of the same scenes",
    "geometry": "Geometry certificate: whether a method moves or renames what held-out scenes show",
}
NOTES = {
    "gap": [
        "(score - source) / (target - source) in percent, of scores averaged over seeds; [95 % interval: noise of test "
        "images and of seeds].",
        "Left out where the gap is not larger than one point and than its own 95 % half-width.",
    ],
    "shift": ["New scenes, the same for every variant but layout; lost: points below the unshifted scenes."],
    "fidelity": [
        "flip_rate: share of the pixels that the judge names correctly on the true rendering and wrongly here."
    ],
    "geometry": [
        "Reach: how far from one changed source pixel an output pixel moves by more than half an 8-bit step; the "
        "largest of 32 trials, so a lower bound. Parameters fixed: the low-resolution image that theta is read from is "
        "held; DA-KPN's kernel then allows 12 pixels. Methods that read no such image have one reach only.",
        "Edge shift: mean displacement of 32x32 tiles of edges against the source, at most 4 pixels along each axis. "
        "Target: the true rendering of the same scenes, what the estimator says of the camera itself.",
        "Semantic flips: share of all pixels that the judge names otherwise than on the true rendering.",
    ],
}
with logged(snakemake):
    rows = pd.concat([pd.read_csv(path) for path in snakemake.input.rows], ignore_index=True)
    about = {"run": params.run, "protocol": params.protocol}
    spec = load_tables(params.paper)
    if kind == "shift":
        table = shift_table(rows, **about)
    elif kind == "gap":
        table = gap_table(rows, spec, **about, labels=params.labels)
    else:
        table = fidelity_table(rows, spec, **about, labels=params.labels, table=kind)
    heading = "Shift" if kind == "shift" else "Method"
    write(table, Path(snakemake.output.csv).with_suffix(""), TITLES[kind], NOTES[kind], rows=heading)
