"""Nodes of the target `trajectory`: scores of one training's translators at several iterations; not part of `all`.

A method at an iteration is an instance of its own (`RunConfiguration.snapshots`), so that translations, segmenters and
scores of snapshots are jobs like any other.
"""

from dataclasses import dataclass
from typing import Any

from dakpn.plan.nodes import Needs, Plan
from dakpn.plan.scores import Score
from dakpn.plan.tables import LISTING, OfScores
from dakpn.plan.training import ORACLE, TRAINED, Translator

SOURCE = "identity"


@dataclass(frozen=True, order=True)
class Trajectory(Translator):
    """One training that is as long as the last iteration that the configuration's `trajectory` names for the method."""

    rule, folder, script = "trajectory_translator", "trajectory/{task}/{method}/seed{seed}", "translator"
    outputs = TRAINED | {"seconds": "/seconds.csv"}

    def settings(self, plan: Plan) -> dict[str, Any]:
        iterations = plan.configuration.trajectory[self.method]
        settings = super().settings(plan)
        built = settings["translator"]
        longer = {**built, "settings": {**built["settings"], "iterations": max(iterations)}}
        return {**settings, "translator": longer, "snapshots": iterations}


@dataclass(frozen=True, order=True)
class TrajectoryTable(OfScores):
    """What each way of choosing an iteration would report, and the points of the figures."""

    rule, folder, outputs = "trajectory_table", "tables/trajectory", LISTING | {"points": "-points.csv"}

    def scores(self, plan: Plan) -> list[Score]:
        """The scores of every snapshot, and those of the run that they are drawn beside."""
        return [score for task in plan.trajectories for score in (*_of_snapshots(plan, task), *_of_run(plan, task))]

    def needs(self, plan: Plan) -> Needs:
        seconds = [node.file("seconds") for task in plan.trajectories for node in trainings(plan, task)]
        return {**super().needs(plan), "seconds": seconds}

    def settings(self, plan: Plan) -> dict[str, Any]:
        return {
            **plan.common,
            "stores": [(s.kind, s.task, s.method, s.resolution, s.seed, s.replicate) for s in self.scores(plan)],
            "snapshots": plan.configuration.snapshots,
            "controls": controls(plan),
            "procedural": plan.is_procedural,
        }


def controls(plan: Plan) -> list[str]:
    """The methods that are not optimised and change something."""
    return [name for name, instance in plan.instances.items() if not instance.optimised and name != SOURCE]


def trainings(plan: Plan, task: str) -> list[Trajectory]:
    """The trainings behind a task's curves."""
    return [Trajectory(task, method, seed) for method in plan.trajectories[task] for seed in plan.seeds]


def _of_snapshots(plan: Plan, task: str) -> list[Score]:
    kinds = ["segmentation", "fcn_score", *["held_out"] * plan.tasks[task].is_paired]
    names = [name for name, (method, _) in plan.configuration.snapshots.items() if method in plan.trajectories[task]]
    where = (plan.resolutions(task)[0], plan.segmenters_of(task)[0])
    return [Score(kind, task, name, *where, seed) for kind in kinds for name in names for seed in plan.seeds]


def _of_run(plan: Plan, task: str) -> list[Score]:
    names = [name for name in plan.methods(task, ablations=False) if name in {SOURCE, *controls(plan)}]
    where = (plan.resolutions(task)[0], plan.segmenters_of(task)[0])
    return [Score("segmentation", task, name, *where, *draw) for name in (*names, ORACLE) for draw in plan.draws(name)]
