"""Rule price: what the jobs that are still to run will cost, by trials, by records of this run and by experience."""

import json
import os
import shutil
import time
from pathlib import Path

from baselines import METHODS
from dakpn.efficiency import price
from dakpn.efficiency.job_costs import measured
from dakpn.files import amount, write_json
from dakpn.plan import NODES
from dakpn.plan import plan as plan_of
from dakpn.plan.configure import configure
from dakpn.plan.price import jobs_of, kinds, tried_as
from dakpn.report.costs import price_lines
from dakpn.tables.notes import duration
from workflow.journal import said
from workflow.remaining import pending

about, plan = snakemake.params, plan_of(configure(dict(snakemake.config), METHODS))
waiting, taken, results = pending(about.snakefile, snakemake.config), time.time(), Path(plan.results)
found = [json.loads(Path(file).read_text()) for file in snakemake.input.get("trials", [])]
trials = {key: trial for trial in found for key, node in kinds(plan).items() if node.place == trial["place"]}
spans = {node: record for node in plan.jobs if (record := measured(results, node.place or node.rule))}
spans = {node: record["ended"] - record["began"] for node, record in spans.items()}
# More cores than the machine has speed nothing up.
cores, gpus = min(about.cores, os.cpu_count()), about.gpus


def priced(cores: int, gpus: int) -> list[price.Job]:
    return jobs_of(plan, waiting, trials, spans, cores=cores, gpus=gpus)


jobs = priced(cores, gpus)
order = [kind.rule for kind in NODES]
for line in price_lines(price.stage_rows(sorted(jobs, key=lambda job: order.index(job.rule))), gpus):
    said.info(line)
wall = price.wall_time(jobs, cores, gpus)
others = [(2 * gpus, cores), (4 * gpus, cores)] if gpus else [(0, 2), (0, 8)]
for many, several in dict.fromkeys([(gpus, cores), *others]):
    seconds = price.wall_time(priced(several, many), several, many)
    said.info("wall time with %d cores%s: %s", several, f" and {many} GPUs" * bool(many), duration(seconds))
free = shutil.disk_usage(results).free
said.info("disk: %s needed, %s free", amount(sum(job.disk for job in jobs)), amount(free))
memory = {node: trials[key]["max_rss_mib"] for node in plan.jobs if (key := tried_as(node, plan)) in trials}
record = {
    **{"taken": taken, "cores": cores, "gpus": gpus, "wall": wall},
    "seconds": {job.place: job.seconds for job in jobs},
    "memory": {node.place: mib for node, mib in memory.items()},
}
write_json(results / "price.json", record)
