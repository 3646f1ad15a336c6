"""The table of how many seeds each method gets for the time of a run, or for several times that."""

from collections.abc import Mapping

import pandas as pd

from dakpn.evaluation.allocation import Allocation, allocate
from dakpn.evaluation.protocols import protocol_named
from dakpn.tables.components import Groups
from dakpn.tables.lines import frame
from dakpn.tables.notes import LEADING, duration
from dakpn.tables.power import Prices
from dakpn.tables.scores import replicate_scores

LEAST, TIMES = 3, (1, 2, 4)


def allocation_table(
    groups: Groups, prices: Prices, *, run: str, protocol: str, labels: Mapping[str, str]
) -> tuple[pd.DataFrame, list[str]]:
    """One line per task, method and measure (standard deviation over seeds in points, core-seconds of a seed, seeds for
    1, 2 and 4 times the time of this run), and a sentence per task and time.

    groups: only the first column of each task counts; a seed serves all. Methods of one seed are left out. A run whose
    methods have fewer than LEAST seeds has paid for less than the rule's least; the rule is then given the least.
    """
    policy, lines, sentences, seen = protocol_named(protocol), [], [], set()
    for (task, resolution), counts in groups.items():
        scores = replicate_scores(counts, policy, 100)
        own = {name: metrics[LEADING].mean(axis=1) for name, metrics in scores.items()}
        own = {name: values for name, values in own.items() if len(values) > 1}
        if task in seen or not own:
            continue
        seen.add(task)
        deviations = {name: float(values.std(ddof=1)) for name, values in own.items()}
        seconds = {name: prices.of([(task, name)]).seed for name in own}
        paid = sum(max(LEAST, len(values)) * seconds[name] for name, values in own.items())
        # A rounding error must not cost a seed.
        found = {times: allocate(deviations, seconds, paid * times * (1 + 1e-9), LEAST) for times in TIMES}
        for name in own:
            about = dict(
                table="allocation", task=task, method=labels[name], resolution=resolution, seeds=len(own[name])
            )
            about |= dict(run=run, protocol=protocol, source="measured")
            measures = {
                "sd over seeds": (deviations[name], "points", 2),
                "core-seconds of a seed": (seconds[name], "s", 0),
            }
            measures |= {f"seeds for {n} x the time": (float(one.seeds[name]), "", 0) for n, one in found.items()}
            for metric, (value, unit, digits) in measures.items():
                lines.append({**about, "metric": metric, "value": value, "unit": unit, "shown": f"{value:.{digits}f}"})
        sentences += [_sentence(task, times, one, labels) for times, one in found.items()]
    places = list(labels.values())
    return frame(sorted(lines, key=lambda line: places.index(line["method"]))), sentences


def _sentence(task: str, times: int, found: Allocation, labels: Mapping[str, str]) -> str:
    pair = " and ".join(labels[name] for name in found.widest)
    return (
        f"{task}, {times} x the time ({duration(found.seconds)} on one core): the widest 95 % interval of a difference "
        f"is expected to be ± {found.half_width:.1f} points, between {pair}."
    )
