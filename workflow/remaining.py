"""What Snakemake would run, asked of Snakemake itself: files, settings, code and times decide as they do in a run."""

import csv
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dakpn.errors import InputError


def pending(snakefile: str, config: Mapping[str, Any], target: str = "all") -> set[str]:
    """Outputs of the jobs that a run of `target` would start now; nothing is run or written.

    Raises InputError with Snakemake's words where it cannot tell.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder, "config.json")
        file.write_text(json.dumps(dict(config)), encoding="utf-8")
        # The defaults beside the Snakefile hold here too, because Snakemake finds them itself.
        words = ["--snakefile", snakefile, "--configfile", str(file), "--nolock", "--summary", target]
        asked = subprocess.run([sys.executable, "-m", "snakemake", *words], capture_output=True, text=True, check=False)
    if asked.returncode:
        raise InputError(f"{snakefile}: Snakemake cannot order the jobs: {asked.stderr.strip()[-500:]}")
    rows = csv.DictReader(asked.stdout.splitlines(), delimiter="\t")
    return {row["output_file"] for row in rows if row["plan"] != "no update"}
