"""The answer of a run, one for each task: does translating help, how sure, against what simple, and at what price.

Sentences are filled from the paired differences that the tables show; nothing is judged here a second time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd

from dakpn.efficiency.job_costs import COLUMNS
from dakpn.tables.notes import LEADING, duration

Verdict = Literal["different", "equivalent", "undecided", "provisional"]
PLACES = {"street": "On streets", "face": "On faces"}
LEADS = {
    "helps": "{where}, {subject} helps: {gain} points of mIoU over untranslated images.",
    "hurts": "{where}, {subject} hurts: {gain} points of mIoU against untranslated images.",
    "equivalent": "{where}, {subject} changes nothing: {gain} points of mIoU, known to be less than one point from "
    "untranslated images.",
    "undecided": "{where}, it is not decided whether {subject} helps: {gain} points of mIoU against untranslated images"
    "{uncorrected}.",
    "provisional": "{where}, {subject} scores {gain} points of mIoU against untranslated images, with one seed.",
}
BESIDE = {
    "helps": "It beats {control}, the best of {count}, by {gain} points.",
    "hurts": "{control}, the best of {count}, gains more: the difference is {gain} points.",
    "equivalent": "{control}, the best of {count}, does as well: {gain} points, known to be less than one.",
    "undecided": "Against {control}, the best of {count}, it scores {gain} points, which is not decided.",
    "provisional": "Against {control}, the best of {count}, it scores {gain} points.",
}
TRAINED = ("trained", "own", "subject")
COUNTED = {"helps": "help", "hurts": "hurt", "equivalent": "change nothing", "undecided": "not decided"}


class Gap(NamedTuple):
    """A mIOU minus another in points, with its 95 % interval and its verdict over all pairs of the column."""

    value: float
    low: float
    high: float
    verdict: Verdict

    @property
    def outcome(self) -> str:
        """helps, hurts, equivalent, undecided or provisional."""
        if self.verdict != "different":
            return self.verdict
        return "helps" if self.value > 0 else "hurts"

    def __str__(self) -> str:
        return f"{signed(self.value)} [{signed(self.low)}, {signed(self.high)}]"


def signed(value: float) -> str:
    """A number of points with its sign and one decimal; what rounds to zero is +0.0."""
    return f"{round(value, 1) + 0.0:+.1f}"


@dataclass(frozen=True)
class Answer:
    """What a run says about one task.

    gains: label -> that method minus the untranslated source, in display order. kinds: label -> see
    `dakpn.plan.report.questions`. control, beside: the best simple control and the subject minus it, None where none
    ran. seconds: label -> to train, with its encoder, and to translate, mean over seeds; only methods with costs.
    """

    task: str
    role: str | None
    size: str
    subject: str
    gains: Mapping[str, Gap]
    kinds: Mapping[str, str]
    control: str | None
    beside: Gap | None
    seconds: Mapping[str, float]

    @property
    def status(self) -> str:
        """The outcome of the subject against the source: helps, hurts, equivalent, undecided or provisional."""
        return self.gains[self.subject].outcome

    @property
    def lead(self) -> str:
        """Whether the subject helps, and by how much."""
        where = PLACES.get(self.role or "", f"On {self.task}")
        gain = self.gains[self.subject]
        # Otherwise an interval beside zero would contradict the verdict.
        uncorrected = "" if gain.low <= 0 <= gain.high else ", before the correction for all pairs of methods"
        return LEADS[self.status].format(where=where, subject=self.subject, gain=gain, uncorrected=uncorrected)

    @property
    def details(self) -> list[str]:
        """Sentences on the best simple control, the price, and the other trained methods."""
        said = []
        if self.beside:
            simple = sum(kind == "simple" for kind in self.kinds.values())
            count = f"{simple} controls that train nothing" if simple > 1 else "the controls that train nothing"
            said.append(BESIDE[self.beside.outcome].format(control=self.control, count=count, gain=self.beside))
        if self.subject in self.seconds:
            known = self.control in self.seconds
            other = f", beside {_took(self.seconds[self.control])} for {self.control}" if known else ""
            said.append(f"Price of {self.subject}: {_took(self.seconds[self.subject])} to train and translate{other}.")
        trained = [self.gains[name].outcome for name, kind in self.kinds.items() if kind in TRAINED]
        if len(trained) > 1 and self.status != "provisional":
            counts = {text: trained.count(outcome) for outcome, text in COUNTED.items()}
            shares = ", ".join(f"{count} {text}" for text, count in counts.items() if count)
            said.append(f"Of {len(trained)} trained methods: {shares}.")
        return said

    @property
    def text(self) -> str:
        """All that is said about the task."""
        return " ".join([self.lead, *self.details])


def answers(questions: Iterable[Mapping[str, Any]], tables: str | Path, costs: pd.DataFrame | None) -> list[Answer]:
    """The answers to `dakpn.plan.report.questions`, from the files of differences in the folder `tables`.

    costs: costs.csv of the run. A question is left out where the file has no difference of its subject from its source.
    """
    found = []
    for question in questions:
        path = Path(tables, f"{question['table']}-differences.csv")
        frame = pd.read_csv(path, keep_default_na=False, na_values={key: [""] for key in ("p", "p_holm")})
        lines = by_name(frame[(frame["metric"] == LEADING) & (frame["resolution"] == question["size"])])
        labels = {name: facts["label"] for name, facts in question["methods"].items()}
        kinds = {facts["label"]: facts["kind"] for facts in question["methods"].values()}
        source, subject = labels["identity"], labels[question["subject"]]
        measured = {label: gap for label in kinds if label != source and (gap := difference(lines, label, source))}
        if subject not in measured:
            continue
        simple = [label for label in measured if kinds[label] == "simple"]
        control = max(simple, key=lambda label: measured[label].value, default=None)
        about = {key: question[key] for key in ("task", "role", "size")}
        found.append(
            Answer(
                **about,
                subject=subject,
                gains=measured,
                kinds={label: kinds[label] for label in measured},
                control=control,
                beside=difference(lines, subject, control) if control else None,
                seconds={} if costs is None else _seconds(question, costs),
            )
        )
    return found


def gains(questions: Iterable[Mapping[str, Any]], tables: str | Path) -> dict[str, Mapping[str, Gap]]:
    """Task -> gains of an `Answer`, for the questions that another run's folder of tables answers too."""
    known = (one for one in questions if Path(tables, f"{one['table']}-differences.csv").is_file())
    return {found.task: found.gains for found in answers(known, tables, None)}


def by_name(frame: pd.DataFrame) -> dict[str, Mapping[str, Any]]:
    """Name of a difference -> its line. frame: of a file of differences, for one size and metric."""
    return {line["method"]: line for line in frame.to_dict("records")}


def difference(lines: Mapping[str, Mapping[str, Any]], a: str, b: str) -> Gap | None:
    """The score of a minus that of b, None where it was not measured. lines: from `by_name`, whichever of the two their
    names begin with.
    """
    for sign, name in ((1, f"{a} less {b}"), (-1, f"{b} less {a}")):
        if name in lines:
            line = lines[name]
            low, high = sorted((sign * float(line["ci_low"]), sign * float(line["ci_high"])))
            verdict = "provisional" if pd.isna(line["p"]) else line["marks"] or "undecided"
            return Gap(sign * float(line["value"]), low, high, verdict)
    return None


def _took(seconds: float) -> str:
    return duration(seconds) if seconds >= 1 else "under 1 s"


def _seconds(question: Mapping[str, Any], costs: pd.DataFrame) -> dict[str, float]:
    """Label -> seconds to train and translate, mean over seeds, with the encoder that the method asks for."""
    costs = costs[costs["task"] == question["task"]].reindex(columns=COLUMNS)
    seconds = {}
    for name, facts in question["methods"].items():
        own = costs[(costs["method"] == name) & costs["stage"].isin(["translator", "translation"])]
        if not own.empty:
            encoders = costs[(costs["stage"] == "encoder") & (costs["domain"] == facts["domain"])]
            parts = [own[own["stage"] == stage]["seconds"] for stage in ("translator", "translation")]
            seconds[facts["label"]] = sum(part.mean() for part in (*parts, encoders["seconds"]) if len(part))
    return seconds
