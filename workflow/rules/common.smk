# Configuration, paths and the questions that rules ask about methods. No rule here.
import hashlib
import os
import sys
from pathlib import Path

import torch
import yaml

from baselines import METHODS
from dakpn.errors import InputError
from dakpn.config.switches import base_of, changes, check_switches, encoder_domain, settings, switched
from dakpn.config.errors import validate
from dakpn.segmentation.registry import SEGMENTERS, resolve
from workflow.sources import sources

try:
    CONFIG = validate(config, METHODS)
    for section in ("encoder", "segmenter"):
        resolve(getattr(CONFIG, section), section)
    check_switches(CONFIG, METHODS, SEGMENTERS)
except InputError as error:
    # One line instead of Snakemake's traceback: the message already names the key and the cure.
    sys.exit(f"ERROR: {error}")

RESULTS = f"results/{CONFIG.run}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
PAGE = f"reports/{CONFIG.run}/index.html"
PAPER = Path(workflow.basedir) / "paper"
TABLES = yaml.safe_load((PAPER / "tables.yaml").read_text())["tables"]

# What every job that computes needs to know; part of its params, so that a change reruns it.
RUN = {"run": CONFIG.run, "device": CONFIG.device}

# A job takes a GPU where it will use one. Without, two jobs share the cores: one starts up while the other computes.
GPU = int(CONFIG.device == "cuda" or (CONFIG.device == "auto" and torch.cuda.is_available()))
CORES = workflow.cores or os.cpu_count()
THREADS = max(1, CORES // 2)
# Jobs are told what `--cores` promised: on a machine with fewer cores they must not start that many threads.
os.environ["DAKPN_CORES"] = str(CORES)


wildcard_constraints:
    task="|".join(CONFIG.tasks),
    method="|".join([*CONFIG.methods, "target", *(switched(switch.method, switch) for switch in CONFIG.sensitivity)]),
    domain="|".join(["source", "target", *(switched("(source|target)", switch) for switch in CONFIG.sensitivity)]),
    part="source-train|source-scored|target-train|target-validation|paired-source|paired-target",
    resolution=r"\d+x\d+",
    seed=r"\d+",
    number="|".join(map(str, TABLES)),
    dataset="gta5|cityscapes|facesynthetics|celebamask-hq",


def code(*names):
    """Hash of modules with all that they compute with, and of other files by their path.

    As a param it reruns a rule whose library code changed, which Snakemake cannot see.
    """
    files = [file for name in names for file in ([Path(workflow.basedir) / name] if "/" in name else sources(name))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def method_code(method):
    """Hash of all files that decide what a method computes."""
    return code(METHODS[base_of(method)].__module__)


def network_section(section, name=""):
    """The settings of the encoder or the segmenter for a method or domain, changed where its name holds a switch."""
    changed = getattr(CONFIG, section) | changes(CONFIG, section, name)
    return resolve(changed, section).model_dump(mode="json")


def name_of(size):
    """(height, width) -> the name of a resolution in paths and tables."""
    return f"{size[0]}x{size[1]}"


def size_of(name):
    """The inverse of name_of."""
    return tuple(int(part) for part in name.split("x"))


def task_of(wildcards):
    """The task section of a job."""
    return CONFIG.tasks[wildcards.task]


def is_paired(task):
    """Whether the true translation is known: both data sets of the task are procedural."""
    return CONFIG.tasks[task].source.root is None and CONFIG.tasks[task].target.root is None


def resolutions_of(task, method):
    """Names of the resolutions a method is run at: all of them, or the first for an ablation."""
    names = [name_of(size) for size in CONFIG.tasks[task].resolutions]
    return names[:1] if method in CONFIG.tasks[task].ablations else names


def methods_of(task, ablations=True):
    """The translation methods of a task in the order of the configuration."""
    section = CONFIG.tasks[task]
    return [*section.methods, *(section.ablations if ablations else ())]
