"""`make slurm-check`: a real SLURM of one node on this host runs a small workflow, and a preempted training continues.

As root, where Debian's slurmctld, slurmd, slurm-client and munge and the extra `slurm` are installed; skipped where
they are not and where /etc/slurm has a configuration already. No part of the ordinary tests: it takes minutes and
starts daemons.
"""

import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest
from runs import COMMAND, ROOT, changed, faces, snakemake

ETC = Path("/etc/slurm")
PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch")
PLUGIN = "snakemake_executor_plugin_slurm"
CONFIGURATION = """
ClusterName=check
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={home}/munge.socket,cred_expire=5
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd.pid
SlurmctldLogFile={home}/slurmctld.log
SlurmdLogFile={home}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
KillWait=60
MinJobAge=86400
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=100000 Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
ON_CLUSTER = ["--workflow-profile", ROOT / "profiles/slurm", "--default-resources", "slurm_partition=main"]
# Without accounting there is no sacct to ask.
ON_CLUSTER += ["--slurm-no-account", "--slurm-status-command=squeue", "--slurm-init-seconds-before-status-checks=2"]


def missing():
    """Why there can be no cluster here; empty where there can."""
    if os.geteuid() != 0:
        return "root starts the daemons"
    lacking = [name for name in PROGRAMS if not shutil.which(name)]
    if lacking:
        return f"not installed: {', '.join(lacking)} (Debian: slurmctld slurmd slurm-client munge)"
    if not importlib.util.find_spec(PLUGIN):
        return "not installed: the extra slurm (pip install -e '.[slurm]')"
    return f"{ETC}/slurm.conf exists: this host belongs to a cluster" if (ETC / "slurm.conf").exists() else ""


pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A node with 4 cores by its own word and one invented GPU; the daemons end with the tests."""
    home, host = tmp_path_factory.mktemp("slurm"), socket.gethostname()
    for folder in ("state", "spool"):
        (home / folder).mkdir()
    (home / "munge.key").write_bytes(os.urandom(128))
    (home / "munge.key").chmod(0o600)
    # A device that exists on every machine stands for the GPU.
    os.mknod(home / "gpu0", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    ETC.mkdir(exist_ok=True)
    (ETC / "slurm.conf").write_text(CONFIGURATION.format(home=home, host=host))
    (ETC / "gres.conf").write_text(f"Name=gpu File={home}/gpu0\n")
    munge = [f"--{name}={home}/munge.{name.split('-')[0]}" for name in ("key-file", "socket", "pid-file", "log-file")]
    munge += [f"--seed-file={home}/munge.seed", "--force"]
    try:
        subprocess.run(["munged", *munge], check=True)
        for daemon in ("slurmctld", "slurmd"):
            subprocess.run([daemon, "-c"] if daemon == "slurmctld" else [daemon], check=True)
        until(lambda: "idle" in asked("sinfo", "-h", "-o", "%t"), "the node is not ready")
        yield host
    finally:
        for name in ("slurmd", "slurmctld", "munge"):
            file = home / f"{name}.pid"
            if file.exists():
                os.kill(int(file.read_text()), signal.SIGTERM)
        for name in ("slurm.conf", "gres.conf"):
            (ETC / name).unlink()


def asked(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def until(condition, otherwise, seconds=600):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, otherwise
        time.sleep(0.2)


def test_the_smoke_workflow_runs_to_its_report(cluster, tmp_path):
    config = changed(tmp_path, **faces(methods=["identity", "dakpn-s"]))
    text = snakemake(tmp_path, *ON_CLUSTER, "--jobs", "4", "all", config=config)
    assert (tmp_path / "reports/smoke/index.html").is_file() and "Error" not in text
    # They were jobs of the cluster: SLURM keeps those of the last minutes.
    assert "COMPLETED" in asked("squeue", "-h", "-t", "all", "-o", "%T")


def test_a_preempted_training_continues_and_its_result_is_the_same(cluster, tmp_path):
    training = {"iterations": 400, "batch": 2, "crop": 32, "width": 8, "blocks": 1, "discriminator_width": 8}
    config = changed(tmp_path, **faces(methods=["identity", "cyclegan"]), methods={"cyclegan": training})
    place = "results/smoke/translator/face/cyclegan/seed0"
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    snakemake(here, f"{place}/weights.safetensors", config=config)
    words = ["--snakefile", ROOT / "Snakefile", "--directory", there, "--configfile", config, *ON_CLUSTER]
    running = subprocess.Popen(
        [COMMAND, *map(str, words), "--", f"{place}/weights.safetensors"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log = there / "results/smoke/logs/translator/face/cyclegan/seed0.log"

    def said(words):
        assert running.poll() is None, running.stdout.read()[-9000:]
        return log.exists() and words in log.read_text()

    try:
        until(lambda: said("step 60/"), "the training does not begin")
        (number,) = asked("squeue", "-h", "-t", "R", "-o", "%i").split()
        subprocess.run(["scontrol", "requeue", number], check=True)
        until(lambda: said("continuing from step"), "the training is not continued")
        text = running.communicate(timeout=600)[0]
    finally:
        running.kill()
        asked("scancel", "--full", "--state=RUNNING", "--user=root")
    assert running.returncode == 0, text[-9000:]
    for name in ("weights.safetensors", "history.csv"):
        assert (here / place / name).read_bytes() == (there / place / name).read_bytes()
