"""Rule examine: check a data set on disk and name every defect with its cure."""

import pandas as pd

from dakpn.data import READERS
from dakpn.data.doctor import examine
from dakpn.errors import InputError
from dakpn.files import atomic_path
from workflow.journal import log, logged

data = snakemake.params.data
with logged(snakemake):
    findings = pd.DataFrame(examine(READERS[data["reader"]](data["root"], data["split"])))
    with atomic_path(snakemake.output[0]) as path:
        findings.to_csv(path, index=False)
    log.info("\n%s", findings.to_string(index=False))
    if (findings["status"] == "error").any():
        raise InputError(f"{data['root']}: the data set has errors, listed above with their cures.")
