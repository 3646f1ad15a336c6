"""The plan: what a run consists of, where everything lies, and why a number is what it is."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from baselines import METHODS
from dakpn.errors import InputError
from dakpn.plan import NODES, Drawn, Encoder, Plan, Score, Segmenter, Translation, Translator, View, plan
from dakpn.plan.configure import SHIPPED, configure
from dakpn.plan.nodes import needed_files

SMOKE = yaml.safe_load((SHIPPED / "smoke.yaml").read_text())


def planned(**changes) -> Plan:
    return plan(configure({"extends": "smoke", "run": "changed", **changes}, METHODS))


@pytest.fixture(scope="module")
def smoke() -> Plan:
    return plan(configure(SMOKE, METHODS))


def test_a_job_stands_behind_what_it_needs_and_is_listed_once(smoke):
    place = {node: position for position, node in enumerate(smoke.jobs)}
    assert len(place) == len(smoke.jobs)
    for node, position in place.items():
        assert all(place[file.node] < position for file in needed_files(node.needs(smoke)))


def test_no_two_jobs_write_one_file(smoke):
    paths = [smoke.path(node.file(name)) for node in smoke.jobs for name in type(node).outputs]
    assert len(set(paths)) == len(paths)
    assert all(path.startswith("results/smoke/") for path in paths)


def test_every_need_is_an_output_of_its_node(smoke):
    for node in smoke.jobs:
        for file in needed_files(node.needs(smoke)):
            assert file.output in type(file.node).outputs


def test_every_kind_of_job_has_a_rule_of_its_own():
    assert len({node.rule for node in NODES}) == len(NODES)


def test_the_lineage_of_a_cell_leads_to_its_data(smoke):
    cell = next(c for c in smoke.cells if (c.table, c.row, c.resolution) == ("table3", "DA-KPN-T", "720x1280"))
    lineage = list(smoke.lineage(cell))
    depth = {node: depth for depth, node in reversed(lineage)}
    expected = [
        Score("segmentation", "street", "dakpn-t", "48x80", "main", 0),
        Segmenter("street", "dakpn-t", "48x80", "main", 0),
        Translation("street", "dakpn-t", 0),
        Translator("street", "dakpn-t", 0),
        Encoder("street", "target", 0),
        View("street", "target-train"),
        Drawn("cityscapes", "48x80"),
    ]
    assert cell.sources == (expected[0],)
    assert [depth[node] for node in expected[:5]] == [0, 1, 2, 3, 3]
    assert set(expected) <= set(depth)
    assert not any(isinstance(node, Encoder) and node.domain == "source" for node in depth)


def test_every_measured_cell_of_a_table_has_its_place_once(smoke):
    places = [cell[:4] for cell in smoke.cells]
    assert len(set(places)) == len(places)
    assert {cell.table for cell in smoke.cells} == {f"table{number}" for number in range(1, 7)}


def test_what_is_optimised_is_trained_once_per_seed_and_the_rest_once():
    three = planned(seeds=[0, 1, 2])
    seeds = {}
    for node in three.jobs:
        if isinstance(node, Translation):
            seeds.setdefault((node.task, node.method), []).append(node.seed)
    assert seeds["face", "fda"] == seeds["street", "identity"] == [0]
    assert sorted(seeds["face", "dakpn-global"]) == sorted(seeds["street", "cyclegan"]) == [0, 1, 2]
    # The segmenters of a translation that has no seed are trained once per seed all the same.
    assert sum(node.rule == "segmenter" and node.method == "fda" for node in three.jobs) == 3


def test_display_order_is_that_of_the_registry_with_own_methods_behind_what_they_are_built_from():
    own = planned(methods={"mine": {"method": "vsait", "label": "Mine"}, "his": {"method": "dakpn-s"}})
    order = [name for name in own.instances if name in own.methods("face")]
    known = [name for name in METHODS if name in order]
    assert [name for name in order if name in known] == known
    assert order.index("mine") == order.index("vsait") + 1 and order.index("his") == order.index("dakpn-s") + 1
    rows = [row["label"] for row in own.entries["table4"]["rows"]]
    assert rows.index("Mine") == rows.index("VSAIT") + 1 and rows[-1] == "Target"
    assert list(own.labels)[-1] == "oracle"


def test_a_method_may_be_limited_to_a_task():
    own = planned(methods={"mine": {"method": "identity", "label": "Mine", "tasks": ["face"]}})
    assert "mine" in own.methods("face") and "mine" not in own.methods("street")
    # A task that lists its methods runs a method of the run's own where that names the task.
    assert SMOKE["tasks"]["street"]["methods"]
    own = planned(methods={"mine": {"method": "identity", "label": "Mine", "tasks": ["street"]}})
    assert "mine" in own.methods("street") and "mine" not in own.methods("face")


def test_a_task_of_any_name_has_tables_of_the_same_form():
    night = {**yaml.safe_load((SHIPPED / "paper.yaml").read_text())["tasks"]["street"], "methods": ["identity", "fda"]}
    night = {**night, "ablations": [], "resolutions": [[48, 48]], "image_size": [64, 80], "low_size": [24, 40]}
    night["source"] = {"reader": "gta5", "train": "train"}
    night["target"] = {"reader": "cityscapes", "validation": "val"}
    two = planned(tasks={"night": night})
    assert {"segmentation-night", "fcn-score-night", "table3", "table5"} <= set(two.entries)
    assert {cell.row for cell in two.cells if cell.table == "segmentation-night"} == {
        "Source (untranslated)",
        "FDA",
        "Target",
    }
    # Two street tasks draw their data at their own sizes.
    assert {node.size for node in two.jobs if isinstance(node, Drawn) and node.dataset == "gta5"} == {"48x80", "64x80"}
    assert "translations-night" in two.figures and "figure3" in two.figures
    assert not any(score.task == "night" for score in two.paper_scores)


def test_two_tasks_cannot_stand_for_one_pair_of_the_paper():
    night = {**configure(SMOKE, METHODS).tasks["street"].model_dump(mode="json"), "stands_for": "street"}
    with pytest.raises(InputError, match="two tasks stand for the same pair"):
        planned(tasks={"night": night})


def test_several_segmenters_give_one_more_table_and_leave_the_others_alone(smoke):
    small = {"network": "small", "width": 2, "iterations": 1, "batch": 2}
    two = planned(segmenters={"other": small}, tasks={"face": {"segmenters": ["main", "other"]}})
    assert two.counts()["segmenter_table"] == 1
    assert [(s.kind, s.method, s.segmenter) for s in two.paper_scores] == [
        (s.kind, s.method, s.segmenter) for s in smoke.paper_scores
    ]
    more = {score.method for score in two.all_scores if score.segmenter == "other"}
    assert more == {*two.methods("face"), "oracle"}
    # Two of one network have its label both, so they go by their names.
    assert two.segmenter_labels["other"] == "other" and smoke.segmenter_labels["main"] == "small FCN"


def test_a_switch_is_an_instance_and_trains_only_what_it_changes(smoke):
    own = next(s for s in smoke.switches if s["name"] == "reversal")
    assert own["changed"] == ("dakpn-s-reversal", "main") and own["after"] == {"update": "reversal"}
    assert (
        smoke.instances["dakpn-s-reversal"].settings["iterations"] == smoke.instances["dakpn-s"].settings["iterations"]
    )
    one = planned(sensitivity={name: None for name in smoke.configuration.sensitivity if name != "encoder-unweighted"})
    assert one.counts(one.sensitivity)["encoder"] == 2
    assert "sensitivity" not in one.counts()


def test_inherited_switches_of_methods_that_are_not_run_fall_away():
    few = planned(compare=["identity", "dakpn-t"], tasks={"street": {"methods": None, "ablations": []}})
    assert few.configuration.sensitivity and not few.switches
    own = planned(sensitivity={"more": {"method": "vsait", "changes": {"iterations": 3}}})
    assert own.switches[-1]["name"] == "more" and own.switches[-1]["after"] == {"iterations": 3}


def test_a_method_without_translations_of_other_images_is_neither_timed_nor_certified():
    images = {"method": "folder", "images": "/data/mine", "label": "Mine"}
    both = planned(methods={"mine": images})
    assert "mine" not in both.timed and not any(cell.row == "Mine" for cell in both.cells if cell.table == "table2")
    assert [row["label"] for row in both.entries["table2"]["rows"]][-1] == "Mine"
    alone = planned(methods={"mine": images}, tasks={"face": {"methods": ["mine"]}})
    assert {node.task for node in alone.jobs if node.rule in ("fidelity", "geometry")} == {"street"}
    assert "geometry-face" not in alone.figures and "geometry-street" in alone.figures


def test_another_number_of_samples_only_draws_figures_anew():
    two, three = (planned(report={"samples": samples}) for samples in (2, 3))
    assert two.jobs == three.jobs
    anew = {node.rule for node in two.jobs if node.settings(two) != node.settings(three)}
    assert anew == {"figure", "report"}


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"methods": {"vsaid": {}}}, "methods.vsaid: .*Did you mean vsait"),
        ({"methods": {"mine": {"method": "vsaid"}}}, "methods.mine.method: .*Did you mean vsait"),
        ({"methods": {"vsait": {"itterations": 2}}}, "methods.vsait.itterations: no such key. Did you mean iterations"),
        ({"sensitivity": {"reversal": {"changes": {"updat": 1}}}}, "sensitivity.reversal.changes.updat: no such key"),
        ({"sensitivity": {"reversal": {"method": "dakpn-x"}}}, "sensitivity.reversal.method: dakpn-x is not run"),
        (
            {"sensitivity": {"same": {"method": "dakpn-s", "changes": {"update": "simultaneous"}}}},
            "sensitivity.same.changes.update: simultaneous is the run's own value",
        ),
        (
            {"sensitivity": {"none": {"method": "cyclegan", "section": "encoder", "changes": {"flip": False}}}},
            "sensitivity.none.section: cyclegan has no encoder",
        ),
        ({"segmenters": {"main": {"widht": 3}}}, "segmenters.main.widht: no such key. Did you mean width"),
        ({"tasks": {"face": {"segmenters": ["other"]}}}, "tasks.face.segmenters: other is not among the segmenters"),
        ({"timing": {"task": "night"}}, "timing.task: night is not among the tasks"),
        ({"extends": "smok"}, "extends: smok: no such configuration"),
        ({"report": {"samples": 5}}, "report.samples: .*less than or equal to 4"),
    ],
)
def test_what_a_configuration_names_must_exist(changes, message):
    with pytest.raises(InputError, match=message):
        planned(**changes)


def test_a_configuration_that_extends_itself_is_named(tmp_path):
    path = tmp_path / "circle.yaml"
    path.write_text(f"extends: {path}\nrun: circle\n")
    with pytest.raises(InputError, match="circle.yaml extends itself"):
        configure({"extends": str(path)}, METHODS)


@pytest.mark.parametrize("path", sorted((SHIPPED.parent / "docs").rglob("*.yaml")), ids=lambda path: path.stem)
def test_configurations_of_the_documentation_are_valid(path):
    assert plan(configure(yaml.safe_load(path.read_text()), METHODS)).configuration.tasks["street"]


def test_null_removes_what_a_parent_says():
    assert list(planned(tasks={"face": None}).configuration.tasks) == ["street"]


@pytest.mark.parametrize(
    "module",
    [
        "dakpn.plan",
        "dakpn.plan.configure",
        "dakpn.evaluation.comparison",
        "dakpn.tables.scores",
        "dakpn.claims.table",
        "dakpn.report.page",
        "dakpn.verification",
        "dakpn.figures",
    ],
)
def test_what_follows_the_confusion_stores_imports_no_torch(module):
    command = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], cwd=Path(__file__).parents[1], check=False).returncode == 0


def test_the_reference_runs_every_row_of_the_paper_with_two_segmenters_on_each_translation():
    reference = plan(configure(yaml.safe_load((SHIPPED / "reference.yaml").read_text()), METHODS))
    for entry in reference.entries.values():
        run = {"oracle", *reference.instances} if entry["task"] else METHODS
        assert {row["method"] for row in entry["rows"]} <= set(run), entry["number"]
    assert {node.replicate for node in reference.jobs if isinstance(node, Segmenter)} == {0, 1}
    equal = reference.instances["cyclegan"].settings["iterations"]
    timed = {name for name in reference.instances if name.endswith("-equal-time")}
    assert len(timed) == 4 and all(reference.instances[name].settings["iterations"] > equal for name in timed)


def test_own_recipes_are_the_same_share_of_every_schedule_with_each_method_s_batch_and_rates():
    recipes = plan(configure(yaml.safe_load((SHIPPED / "recipes.yaml").read_text()), METHODS))
    own = {name: instance for name, instance in recipes.instances.items() if name.endswith("-recipe")}
    assert {i.base for i in own.values()} == {n for n, m in METHODS.items() if isinstance(m, type) and m.optimised}
    for name, instance in own.items():
        published = instance.translator.Config()
        assert instance.settings["iterations"] == round(published.iterations / 500), name
        for key in {"batch", "learning_rate", "discriminator_learning_rate", "lr_step"} & {*vars(published)}:
            expected = getattr(published, key) / (500 if key == "lr_step" else 1)
            assert instance.settings.get(key, getattr(published, key)) == expected, (name, key)
