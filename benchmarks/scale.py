"""`python -m benchmarks.scale`: a data set as long as GTA5, of tiny images, through everything that reads it whole.

Every stage runs in a process of its own, at two lengths: a stage is linear where its seconds per 1,000 images do not
grow. What tiny images leave is the price of files and of bookkeeping; pixels have rows of their own in `make bench`.
Networks and products compute on one thread, and CPU time stands beside time: on a shared machine only that compares.
"""

import argparse
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd
import torch

from baselines import METHODS
from dakpn.data import READERS
from dakpn.data.manifest import write_manifest
from dakpn.data.passport import issue_passport
from dakpn.data.views import View, write_view
from dakpn.efficiency.computation import build_translator
from dakpn.evaluation.comparison import compare, gather
from dakpn.evaluation.protocols import PROTOCOLS, score_rows
from dakpn.files import write_json, write_rows
from dakpn.procedural import generate
from dakpn.segmentation.evaluation import evaluate
from dakpn.segmentation.networks import build_segmenter
from dakpn.segmentation.registry import resolve
from dakpn.translation.dataset import translate_view

SIZE, LOW = (32, 48), (16, 24)
SCENES = 100  # different scenes, copied until there are enough
NETWORK = resolve({"network": "small", "width": 4, "iterations": 1})
METHODS_COMPARED = 4
LENGTHS = (2_500, 25_000)
WORKERS = 2


def pairs(folder: Path, count: int) -> None:
    """Not a stage: `count` pairs of GTA5's layout, GTA5's known defects among their ids."""
    generate("gta5", folder / "drawn", counts={"train": SCENES}, size=SIZE, seed=0)
    scenes = READERS["gta5"](folder / "drawn", "train")
    for part in ("images", "labels"):
        (folder / "gta5" / part).mkdir(parents=True)
    for number in range(count):
        scene = number % len(scenes)
        for path in (scenes.image_path(scene), *scenes.label_paths(scene)):
            shutil.copyfile(path, folder / "gta5" / path.parent.name / f"{number + 1:05d}.png")


def quick(folder: Path) -> None:
    passport, _ = issue_passport(_reader(folder), full=False, workers=WORKERS)
    write_json(folder / "quick/passport.json", passport)


def doctor(folder: Path) -> None:
    passport, files = issue_passport(_reader(folder), full=True, workers=WORKERS)
    write_json(folder / "doctor/passport.json", passport)
    write_manifest(folder / "doctor/manifest.csv", files)


def view(folder: Path) -> None:
    write_view(_reader(folder), folder / "view", image_size=SIZE, low_size=LOW, workers=WORKERS)


def translation(folder: Path) -> None:
    """By an untrained DA-KPN with a small encoder."""
    source, method = View.open(folder / "view"), METHODS["dakpn"]
    translator = build_translator(method, method.Config(), encoder=NETWORK, image_size=SIZE, low_size=LOW)
    place = folder / "translation"
    places = {"images": place / "images", "translated": place / "translated", "partial": place / "partial"}
    translate_view(translator, source, "cpu", **places)


def score(folder: Path) -> None:
    """By an untrained small network; scores and intervals under both protocols."""
    translated = View.open(folder / "translation/translated")
    network = build_segmenter(NETWORK, len(translated.classes))
    store = evaluate(network, translated, translated.label_space, SIZE, "cpu")
    store.save(folder / "score/confusion.npz")
    for name, rows in zip(("scores", "classes"), score_rows(store), strict=True):
        write_rows(folder / f"score/{name}.csv", rows)


def comparison(folder: Path) -> None:
    """A column of a table with its intervals and paired differences, of four methods."""
    stores = ((f"method {number}", 0, 0, str(folder / "score/confusion.npz")) for number in range(METHODS_COMPARED))
    compare(gather(stores), PROTOCOLS["paper"])


STAGES = {
    "passport, a look at every file": quick,
    "doctor, every pixel and byte": doctor,
    "view": view,
    "translation": translation,
    "score": score,
    f"table of {METHODS_COMPARED} methods": comparison,
}


def _reader(folder: Path):
    return READERS["gta5"](folder / "gta5", "all")


def _measured(stage: Callable[[Path], None], folder: Path) -> dict[str, float]:
    """Seconds, CPU seconds and the process's largest memory in MiB, loaded libraries included."""
    torch.set_num_threads(1)
    began, worked = time.perf_counter(), time.process_time()
    stage(folder)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": time.perf_counter() - began, "CPU seconds": time.process_time() - worked, "MiB": memory}


def measure(count: int) -> list[dict[str, object]]:
    """One row per stage of a data set of `count` pairs."""
    rows, processes = [], multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pairs(folder, count)
        for name, stage in STAGES.items():
            before = sum(path.is_file() for path in folder.rglob("*"))
            with ProcessPoolExecutor(1, processes) as pool:
                measured = pool.submit(_measured, stage, folder).result()
            files = sum(path.is_file() for path in folder.rglob("*")) - before
            rows.append({"stage": name, "images": count, **measured, "files": files})
            print(rows[-1], file=sys.stderr, flush=True)
    return rows


def table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """The rows of two lengths beside each other; `growth`: how CPU seconds per image changed, 1 for a linear stage."""
    frame = pd.DataFrame(rows)
    for kind in ("seconds", "CPU seconds"):
        frame[kind] *= 1000 / frame["images"]
    frame = frame.rename(columns={kind: f"{kind} per 1,000" for kind in ("seconds", "CPU seconds")})
    wide = frame.pivot(index="stage", columns="images").loc[list(dict.fromkeys(frame["stage"]))]
    few, many = wide["CPU seconds per 1,000"].to_numpy().T
    wide.columns = [f"{what}, {count:,} images" for what, count in wide.columns]
    return wide.assign(growth=many / few).reset_index()


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--images", type=int, nargs=2, default=LENGTHS, help="the two lengths")
    # Read when a stage's process loads numpy.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    rows = [row for count in sorted(parser.parse_args().images) for row in measure(count)]
    print(table(rows).to_markdown(index=False, floatfmt=".3g"))


if __name__ == "__main__":
    main()
