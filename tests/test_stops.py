"""Runs that stop: killed from outside, or by a mistake that they name in one line, with nothing left half made."""

import json
import re
import shutil

import pytest
import torch
from runs import changed, faces, killed, snakemake

from dakpn.plan import Score

VIEW = "results/smoke/view/street/source-train/view.json"


@pytest.mark.slow
def test_a_misspelt_configuration_stops_in_one_line(tmp_path):
    """Which mistakes are found is tested in test_config and test_plan."""
    text = snakemake(tmp_path, "all", config=changed(tmp_path, seedz=[1]), check=False)
    assert "ERROR: configuration: seedz: no such key. Did you mean seeds" in text and "Traceback" not in text
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_a_missing_data_root_is_named_and_nothing_is_left(tmp_path):
    config = changed(tmp_path, tasks={"street": {"source": {"root": "no/such/gta"}}})
    text = snakemake(tmp_path, VIEW, config=config, check=False)
    assert "ERROR: no/such/gta" in text
    assert not list((tmp_path / VIEW).parent.glob("*"))


@pytest.mark.slow
def test_an_unreadable_image_is_named_and_nothing_is_left(run, tmp_path):
    shutil.copytree(run / "results/smoke/data/gta5/48x80", tmp_path / "gta")
    broken = sorted((tmp_path / "gta/images").glob("*.png"))[0]
    broken.write_bytes(broken.read_bytes()[:100])
    config = changed(tmp_path, tasks={"street": {"source": {"root": str(tmp_path / "gta"), "train": "all"}}})
    text = snakemake(tmp_path, VIEW, config=config, check=False)
    assert f"ERROR: {broken}" in text
    assert not list((tmp_path / VIEW).parent.glob("*"))


@pytest.mark.slow
def test_the_doctor_names_a_file_that_changed_by_one_byte(run, tmp_path):
    shutil.copytree(run / "results/smoke/data/celebamask-hq/48x48", tmp_path / "faces")
    target = "results/smoke/doctor/face/target-train/passport.json"
    folder = (tmp_path / target).parent
    brought = {"root": str(tmp_path / "faces"), "allow_partial": True}
    snakemake(tmp_path, target, config=changed(tmp_path, **faces(target=brought)))
    passport = json.loads((folder / "passport.json").read_text())
    assert passport["form"] == "full" and passport["counts"]["release"] == 24183
    (folder / "manifest.csv").rename(tmp_path / "manifest.csv")
    victim = sorted((tmp_path / "faces/CelebA-HQ-img").iterdir())[0]
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    config = changed(tmp_path, **faces(target={**brought, "manifest": str(tmp_path / "manifest.csv")}))
    text = snakemake(tmp_path, "doctor", config=config, check=False)
    assert f"ERROR: {tmp_path / 'faces'}" in text and f"CelebA-HQ-img/{victim.name}" in text
    assert (folder / "passport.json").exists() and "Traceback" not in text


@pytest.mark.slow
def test_a_gpu_that_is_demanded_and_missing_stops_the_job(tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    config = changed(tmp_path, device="cuda")
    target = "results/smoke/encoder/face/source/seed0/weights.safetensors"
    text = snakemake(tmp_path, target, config=config, check=False)
    assert "device: cuda is demanded but no GPU is visible" in text
    assert not (tmp_path / target).exists()


@pytest.mark.slow
def test_verify_without_a_run_says_so(tmp_path):
    text = snakemake(tmp_path, "verify", check=False)
    assert "ERROR: results/smoke: holds no provenance.json" in text


@pytest.mark.slow
def test_a_training_on_two_devices_is_a_job_like_any_other(tmp_path):
    config = changed(tmp_path, devices=2, device="cpu", **faces(methods=["identity", "dakpn-s"]))
    target = tmp_path / "results/smoke/translator/face/dakpn-s/seed0/weights.safetensors"
    text = snakemake(tmp_path, str(target.relative_to(tmp_path)), config=config)
    log = (tmp_path / "results/smoke/logs/translator/face/dakpn-s/seed0.log").read_text()
    # The first rank alone tells of its steps.
    assert target.exists() and "MEMBER: 2/2" in log and len(re.findall(r"step (\d+)/\1 ", log)) == 1, text


@pytest.mark.slow
def test_same_seed_gives_the_same_numbers_killed_and_divided(run, tmp_path):
    divided = {stage: {"shards": 2} for stage in ("views", "translation", "evaluation")}
    config = changed(tmp_path, **divided, **faces(methods=["identity", "dakpn-s"]))
    killed(tmp_path, "table4", config=config, after="results/smoke/encoder/face/*/seed0/weights.safetensors")
    assert not (tmp_path / "results/smoke/tables/table4.csv").exists()
    snakemake(tmp_path, "table4", config=config)
    name = "results/smoke/" + Score("segmentation", "face", "dakpn-s", "48x48", "main", 0).file("scores").path
    assert (tmp_path / name).read_text() == (run / name).read_text()
    results = tmp_path / "results/smoke"
    found = [file for stage in ("view", "translation", "score") for file in (results / stage).rglob("*.*")]
    assert len(found) > 40
    for file in (file for file in found if file.name != "cost.json"):
        assert file.read_bytes() == (run / file.relative_to(tmp_path)).read_bytes(), file
    assert not [path for path in (results / "shards").rglob("*") if not path.is_dir()]
