"""Typed configuration: every key has a description and a type, unknown keys stop the run.

One file in config/ is one run. Sizes differ between files, code paths do not.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Size = tuple[Annotated[int, Field(ge=8)], Annotated[int, Field(ge=8)]]
Positive = Annotated[int, Field(ge=1)]


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
    image_size: Size = Field(description="height and width of the high-resolution images (paper: 720x1280)")
    low_size: Size = Field(description="height and width of what the semantic encoder sees (paper: 96x160)")
    resolutions: tuple[Size, ...] = Field(
        min_length=1, description="sizes that segmenters are trained and scored at, in the order of the paper's columns"
    )
    methods: tuple[str, ...] = Field(min_length=1, description="translation methods run at every resolution")
    ablations: tuple[str, ...] = Field((), description="further methods, run at the first resolution only (Table 6)")


class Procedural(Section):
    """How much miniature data are drawn."""

    seed: int = Field(2025, description="seed of all scenes and cameras")
    train: Positive = Field(description="images in every training split")
    validation: Positive = Field(description="images in every validation split")
    paired: Positive = Field(description="held-out scenes rendered both ways, for the fidelity table")
    shift: Positive = Field(description="scenes per variant of the shift card")


class Segmenter(Section):
    """A segmentation network and how it is trained; the semantic encoder, the judge and every downstream network."""

    network: Literal["small", "fcn_resnet50"] = Field(
        description="small: a few hundred thousand parameters, same interface"
    )
    width: Positive = Field(16, description="first width of the small network")
    weights: str = Field("none", description="fcn_resnet50: none | imagenet (backbone) | coco | path of a state dict")
    iterations: Positive = Field(description="training iterations")
    batch: Positive = Field(8, description="images per iteration")
    optimiser: Literal["sgd", "adamw"] = Field(
        "sgd", description="sgd is the released code's; adamw runs with a one-cycle rate"
    )
    learning_rate: float = Field(0.004, gt=0, description="learning rate (peak rate with adamw)")
    auxiliary: float = Field(0.4, ge=0, description="weight of the auxiliary head's loss (fcn_resnet50)")
    flip: bool = Field(False, description="random horizontal flips")
    class_weights: bool = Field(False, description="weight classes by one over the square root of their frequency")


class Translation(Section):
    """How a data set is translated; nothing here may influence its result."""

    shards: Positive = Field(1, description="jobs that the translation of one training set is divided into")


class Timing(Section):
    """What Table 2 is measured on."""

    task: str = Field("street", description="task whose views feed the timed training iterations")
    inference_size: Size = Field(description="image size for seconds per image (paper: 720x1280)")
    inference_widths: Literal["paper", "run"] = Field("paper", description="network widths for seconds per image")
    warmup: int = Field(1, ge=0, description="calls before the first timed one")
    repeats: Positive = Field(5, description="timed calls; the median is reported")
    limit_seconds: float = Field(30, gt=0, description="stop repeating when a measurement has taken this long")


class Evaluation(Section):
    """How images are scored; a change costs a new pass over them. All else about scores is `protocol`."""

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
    splits: dict[Literal["street", "face"], str] = Field(
        default_factory=dict,
        description="split of a task's source whose translations FCN-Scores are measured on; all of them without. "
        "The released code takes gta5's test split",
    )


class Switch(Section):
    """One setting changed against the run's own, to see how far scores depend on it (rule sensitivity)."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="name of the switch in paths, unique")
    method: str = Field(description="method whose mIoU is compared with and without the change")
    task: Literal["street", "face"] = Field("street", description="task it is compared on, at the first resolution")
    section: Literal["method", "encoder", "segmenter"] = Field(
        "method", description="what is changed: the method's section, its encoder's, or the network trained on it"
    )
    changes: dict[str, Any] = Field(min_length=1, description="keys of that section and their other values")


class Report(Section):
    """What the figures show."""

    samples: Positive = Field(4, description="images per qualitative figure")


class Configuration(Section):
    """Everything that decides a run."""

    run: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$", description="name of the run, and of its folders of results and reports"
    )
    seeds: tuple[int, ...] = Field(
        (0,), min_length=1, description="training seeds; every trained thing is trained once per seed"
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="auto takes a GPU when there is one; cuda demands one"
    )
    protocol: str = Field(
        "paper",
        pattern=r"^(paper|released|(exclude|one|zero)-(scored|all|16)-(dataset|image))$",
        description="evaluation protocol of the tables: paper, released, or its parts, such as exclude-16-image",
    )
    tasks: dict[Literal["street", "face"], Task] = Field(min_length=1, description="what is translated to what")
    procedural: Procedural = Field(description="miniature data, used where a data set has no root")
    encoder: Segmenter = Field(description="semantic encoder of DA-KPN (paper 3.3)")
    segmenter: Segmenter = Field(description="downstream network and judge (paper 4.1)")
    methods: dict[str, dict[str, Any]] = Field(description="section of every method, by its name in METHODS")
    translation: Translation = Field(default_factory=Translation, description="translating the source's training set")
    evaluation: Evaluation = Field(default_factory=Evaluation, description="how images are scored")
    timing: Timing = Field(description="Table 2")
    sensitivity: tuple[Switch, ...] = Field((), description="switches of the target sensitivity, one at a time")
    report: Report = Field(default_factory=Report, description="figures")
    verify: str | None = Field(None, description="folder that `verify` checks; null: this run's folder of results")

    @model_validator(mode="after")
    def _consistent(self) -> "Configuration":
        for name, task in self.tasks.items():
            if task.target.validation is None:
                raise ValueError(f"tasks.{name}.target.validation: scores need a labelled split. Name one.")
            if len(set(task.resolutions)) != len(task.resolutions):
                raise ValueError(f"tasks.{name}.resolutions: a resolution is given twice. Remove one.")
            for method in (*task.methods, *task.ablations):
                if method not in self.methods:
                    raise ValueError(
                        f"tasks.{name}.methods: {method} has no section under `methods`. Add one, empty if need be."
                    )
        if self.timing.task not in self.tasks:
            raise ValueError(f"timing.task: {self.timing.task} is not among the tasks ({', '.join(self.tasks)}).")
        return self
