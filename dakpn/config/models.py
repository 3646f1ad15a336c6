"""Typed configuration: every key has a description and a type, unknown keys stop the run.

One file in config/ is one run. Sizes differ between files, code paths do not.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from dakpn.config.size import Size

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Positive = Annotated[int, Field(ge=1)]


def _distinct(seeds: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(seeds)) < len(seeds):
        raise ValueError("a seed is given twice, so that its trainings would count twice")
    return seeds


Seed = Annotated[int, Field(ge=0, lt=2**31)]  # every generator takes it, replicates added
Seeds = Annotated[tuple[Seed, ...], Field(min_length=1), AfterValidator(_distinct)]
SAMPLES = 4
"""Images that translations and scores keep for figures. No setting of those jobs, so that `report.samples` may change
without a new translation.
"""


class Section(BaseModel):
    """A part of the configuration; unknown keys are errors and values do not change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataSet(Section):
    """One data set of a task; `dakpn.data.sections.check_data_set` checks it against its reader."""

    reader: str = Field(description="which layout lies on disk: an official one, or folder for your own data")
    root: str | None = Field(
        None, description="folder of the unpacked data set; null: procedural miniature data are made"
    )
    train: str = Field("train", description="split that methods and segmenters train on")
    validation: str | None = Field(None, description="labelled split that scores are measured on (target only)")
    limit: Positive | None = Field(None, description="use only so many items of each split, evenly spread")
    options: dict[str, Any] = Field(
        default_factory=dict, description="keywords of the reader, mostly for what the released code does"
    )
    allow_partial: bool = Field(
        False, description="run on a copy with fewer files than the release; every table then says how many"
    )
    manifest: str | None = Field(
        None, description="manifest.csv of an earlier `snakemake doctor`; the doctor names every file that differs"
    )


class Task(Section):
    """A pair of data sets, the sizes it is worked at, and the methods that are run on it."""

    source: DataSet = Field(description="labelled synthetic data")
    target: DataSet = Field(description="real data")
    stands_for: Literal["street", "face"] | None = Field(
        None,
        description="the paper's pair of data sets whose tables this task fills; null: tables of its own. A task named "
        "street or face stands for that one unless it says otherwise",
    )
    image_size: Size = Field(description="height and width of the high-resolution images (paper: 720x1280)")
    low_size: Size = Field(description="height and width of what the semantic encoder sees (paper: 96x160)")
    resolutions: tuple[Size, ...] = Field(
        min_length=1, description="sizes that segmenters are trained and scored at, in the order of the paper's columns"
    )
    methods: tuple[Name, ...] | None = Field(
        None, description="methods run at every resolution; null: those of `compare` and the run's own methods"
    )
    ablations: tuple[Name, ...] = Field((), description="further methods, run at the first resolution only (Table 6)")
    segmenters: tuple[Name, ...] | None = Field(
        None,
        min_length=1,
        description="segmenters that are trained on every translation, the tables' first; null: the first of the run",
    )

    @property
    def is_paired(self) -> bool:
        """Whether the true translation of scenes is known: both data sets are procedural."""
        return self.source.root is None and self.target.root is None

    @property
    def is_procedural(self) -> bool:
        """Whether any of the data are procedural."""
        return self.source.root is None or self.target.root is None


class Procedural(Section):
    """How much miniature data are drawn."""

    seed: Seed = Field(2025, description="seed of all scenes and cameras")
    train: Positive = Field(description="images in every training split")
    validation: Positive = Field(description="images in every validation split")
    paired: Positive = Field(description="held-out scenes rendered both ways, for the fidelity table")
    shift: Positive = Field(description="scenes per variant of the shift card")


class Views(Section):
    """How data sets are read; nothing here may influence the result."""

    shards: Positive = Field(1, description="jobs that the reading of one split is divided between")


class Translation(Section):
    """How a data set is translated; nothing here may influence its result."""

    shards: Positive = Field(1, description="jobs that the translation of one training set is divided between")


class Timing(Section):
    """What Table 2 is measured on."""

    task: Name | None = Field(None, description="task whose views feed the timed iterations; null: the first task")
    inference_size: Size = Field(description="image size for seconds per image (paper: 720x1280)")
    inference_widths: Literal["paper", "run"] = Field("paper", description="network widths for seconds per image")
    warmup: int = Field(1, ge=0, description="calls before the first timed one")
    repeats: Positive = Field(5, description="timed calls; the median is reported")
    limit_seconds: float = Field(30, gt=0, description="no call that would make a measurement last longer")


class Evaluation(Section):
    """How images are scored; a change costs a new pass over them. `protocol` decides everything else about scores."""

    resize: Literal["label-down", "prediction-up"] = Field(
        "label-down",
        description="compare at the segmenter's resolution, or at image_size with the logits upsampled",
    )
    void: Literal["ignored", "road"] = Field(
        "ignored", description="pixels without a class in FCN-Scores of gta5; road is the released code's"
    )
    face_labels: Literal["mapped", "identity"] = Field(
        "mapped", description="labels in FCN-Scores of facesynthetics; identity is the released code's"
    )
    splits: dict[Name, str] = Field(
        default_factory=dict,
        description="split of a task's source whose translations FCN-Scores are measured on; all of them without. "
        "The released code takes gta5's test split",
    )
    shards: Positive = Field(1, description="jobs that the scoring of one set of images is divided between")


class Switch(Section):
    """One setting changed against the run's own, to see how far scores depend on it (rule sensitivity)."""

    method: Name = Field(
        description="method whose mIoU is compared with and without the change; a shipped method that is not run is "
        "passed over"
    )
    task: Name | None = Field(None, description="task of the comparison, at its first resolution; null: the first task")
    section: Literal["method", "encoder", "segmenter"] = Field(
        "method", description="what is changed: the method's section, its encoder's, or the network trained on it"
    )
    changes: dict[str, Any] = Field(min_length=1, description="keys of that section and their other values")


class Report(Section):
    """What the figures show."""

    samples: int = Field(SAMPLES, ge=1, le=SAMPLES, description=f"images per qualitative figure, at most {SAMPLES}")
    sensitivity: bool = Field(
        False, description="show the table of the target sensitivity in the report, which then trains every switch"
    )
    trajectory: bool = Field(
        False, description="show table and figures of the target trajectory in the report, which then makes them"
    )


class Configuration(Section):
    """Everything that decides a run."""

    run: Name = Field(description="name of the run, and of its folders of results and reports")
    seeds: Seeds = Field((0,), description="training seeds; every trained thing is trained once per seed")
    replicates: Positive = Field(
        1, description="segmenters trained on each translation, with other starting weights and orders of images"
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="auto takes a GPU when there is one; cuda demands one"
    )
    devices: Positive = Field(
        1,
        description="GPUs, or processes on CPUs, that one training uses (decision data-parallel): as many of them as "
        "divide its batch",
    )
    protocol: str = Field(
        "paper",
        pattern=r"^(paper|released|(exclude|one|zero)-(scored|all|16)-(dataset|image))$",
        description="evaluation protocol of the tables: paper, released, or its parts, such as exclude-16-image",
    )
    tasks: dict[Name, Task] = Field(min_length=1, description="what is translated to what; tasks may have any name")
    procedural: Procedural = Field(description="miniature data, used where a data set has no root")
    encoder: dict[str, Any] = Field(description="semantic encoder of DA-KPN (paper 3.3): a segmenter's section")
    segmenters: dict[Name, dict[str, Any]] = Field(
        min_length=1, description="downstream networks and judges (paper 4.1) by name, the main one first"
    )
    compare: tuple[Name, ...] = Field((), description="methods of every task that lists none itself")
    methods: dict[Name, dict[str, Any]] = Field(
        default_factory=dict,
        description="settings by method: those of a shipped method, and of what is built from it; or a method of the "
        "run's own: {method: what it is built from, label: ..., settings}. Key `tasks` limits it to some tasks",
    )
    views: Views = Field(default_factory=Views, description="reading data sets")
    translation: Translation = Field(default_factory=Translation, description="translating the source's training set")
    evaluation: Evaluation = Field(default_factory=Evaluation, description="how images are scored")
    timing: Timing = Field(description="Table 2")
    sensitivity: dict[Name, Switch] = Field(
        default_factory=dict, description="switches of the target sensitivity by name, one at a time"
    )
    trajectory: dict[Name, Annotated[tuple[Positive, ...], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="iterations after which the target trajectory scores a method, by method: all of one training that "
        "is as long as the last of them; a shipped method that is not run is passed over",
    )
    report: Report = Field(default_factory=Report, description="figures")
    verify: str | None = Field(None, description="folder that `verify` checks; null: this run's folder of results")

    @field_validator("tasks", mode="before")
    @classmethod
    def _names_stand_for_pairs(cls, tasks: Any) -> Any:
        named = [name for name in ("street", "face") if isinstance(tasks, dict) and isinstance(tasks.get(name), dict)]
        return {**tasks, **{name: {"stands_for": name, **tasks[name]} for name in named}} if named else tasks

    @model_validator(mode="after")
    def _consistent(self) -> "Configuration":
        if self.run in ("reference", "benchmark"):
            raise ValueError(f"run: the folder {self.run} holds what is no run's. Choose another name.")
        for name, task in self.tasks.items():
            if task.target.validation is None:
                raise ValueError(f"tasks.{name}.target.validation: scores need a labelled split. Name one.")
            if len(set(task.resolutions)) != len(task.resolutions):
                raise ValueError(f"tasks.{name}.resolutions: a resolution is given twice. Remove one.")
            for segmenter in task.segmenters or ():
                _known(segmenter, self.segmenters, f"tasks.{name}.segmenters", "the segmenters")
        for name, switch in self.sensitivity.items():
            _known(switch.task, self.tasks, f"sensitivity.{name}.task", "the tasks")
        for name in self.evaluation.splits:
            _known(name, self.tasks, "evaluation.splits", "the tasks")
        _known(self.timing.task, self.tasks, "timing.task", "the tasks")
        roles = [task.stands_for for task in self.tasks.values() if task.stands_for]
        if len(set(roles)) != len(roles):
            raise ValueError("tasks: two tasks stand for the same pair of the paper. Set stands_for: null in one.")
        return self

    def run_methods(self, task: str) -> tuple[str, ...]:
        """The methods that a task runs at every resolution: its own list, or `compare` and what the run adds to it, and
        in any case the run's own methods whose key `tasks` names it.
        """
        listed = self.tasks[task].methods
        everywhere = listed is None
        own = {name: section for name, section in self.methods.items() if "method" in section}
        added = (name for name, section in own.items() if task in section.get("tasks", [task] * everywhere))
        return tuple(dict.fromkeys((*(self.compare if everywhere else listed), *added)))


def _known(name: str | None, valid: Any, where: str, what: str) -> None:
    if name is not None and name not in valid:
        raise ValueError(f"{where}: {name} is not among {what} ({', '.join(valid)}).")
