"""Nodes of the run's collected rows."""

from dataclasses import dataclass

from dakpn.plan.nodes import Needs, Node, Plan
from dakpn.plan.scores import Timing


@dataclass(frozen=True, order=True)
class CollectedRows(Node):
    """The rows of all jobs of the run, and what the jobs cost."""

    rule, folder = "collect_rows", "rows"
    outputs = {
        name: f"/{name}.csv" for name in ("scores", "classes", "shift", "fidelity", "geometry", "timing", "costs")
    }

    def needs(self, plan: Plan) -> Needs:
        scores = plan.all_scores
        return {
            **{name: [score.file(name) for score in scores] for name in ("scores", "classes")},
            "confusions": [score.file("confusion") for score in scores],
            **{name: plan.diagnostics(name) for name in ("shift", "fidelity", "geometry")},
            "timing": [Timing(method).file("rows") for method in plan.timed],
            "costs": [node.file("cost") for node in plan.costly],
        }
