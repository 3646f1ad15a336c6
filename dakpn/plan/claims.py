"""Nodes of the ledger of claims and of the sensitivity of scores to single settings."""

from dataclasses import dataclass
from typing import Any

from dakpn.plan.nodes import Needs, Node, Plan
from dakpn.plan.scores import Score, Timing
from dakpn.plan.tables import LISTING, OfScores


@dataclass(frozen=True, order=True)
class Claims(Node):
    """The ledger of the paper's statements, judged by its own numbers and by the run's."""

    rule, folder = "claims", "tables/claims"
    outputs = LISTING | {f"power_{name}": f"-power{ending}" for name, ending in LISTING.items()}

    def needs(self, plan: Plan) -> Needs:
        stores = [score.file("confusion") for score in plan.paper_scores]
        rows = {"timing": [Timing(m).file("rows") for m in plan.timed], "fidelity": plan.diagnostics("fidelity")}
        return {"stores": stores, **rows, "costs": plan.costs(*plan.paper_scores)}

    def settings(self, plan: Plan) -> dict[str, Any]:
        roles = {task.stands_for: name for name, task in plan.tasks.items() if task.stands_for}
        pairs = {name: pair for pair, name in roles.items()}
        return {
            **plan.common,
            **plan.drawn,
            "stores": [(s.kind, pairs[s.task], s.method, s.resolution, s.seed, s.replicate) for s in plan.paper_scores],
            "tasks": roles,
            "resolutions": {role: plan.sizes(task) for role, task in roles.items()},
            "procedural": any(plan.tasks[task].is_procedural for task in roles.values()),
            "seeds": len(plan.seeds),
        }


@dataclass(frozen=True, order=True)
class Sensitivity(OfScores):
    """What single settings of training are worth, one changed at a time; not part of `all`."""

    rule, folder, outputs = "sensitivity", "tables/sensitivity", LISTING

    def scores(self, plan: Plan) -> list[Score]:
        """The scores of the methods that switches speak of, as they are and changed."""
        compared = {(s["task"], *which) for s in plan.switches for which in (s["own"], s["changed"])}
        return sorted(
            Score("segmentation", task, method, plan.resolutions(task)[0], segmenter, *draw)
            for task, method, segmenter in compared
            for draw in plan.draws(method)
        )

    def settings(self, plan: Plan) -> dict[str, Any]:
        stores = [(s.task, s.method, s.segmenter, s.resolution, s.seed, s.replicate) for s in self.scores(plan)]
        return {**plan.common, "stores": stores, "switches": plan.switches, "procedural": plan.is_procedural}
