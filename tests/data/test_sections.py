"""Data sections of a configuration: what a reader does not know is named with the key and the cure."""

import pytest

from dakpn.config.models import DataSet
from dakpn.data import READERS
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.data.sections import check_data_set, label_space_of
from dakpn.errors import InputError
from dakpn.procedural import generate


def section(reader, **keys):
    return DataSet(reader=reader, **keys)


@pytest.mark.parametrize(
    "data, message",
    [
        (section("cityscape"), r"^tasks\.x\.target\.reader: no such reader 'cityscape'\. Did you mean cityscapes"),
        (
            section("celebamask-hq", options={"partiton": "released"}),
            r"^tasks\.x\.target\.options\.partiton: .*Did you mean partition",
        ),
        (
            section("celebamask-hq", options={"partition": "shifted"}),
            r"target\.options\.partition: 'shifted' is unknown\. Choose official or released",
        ),
        (
            section("celebamask-hq", options={"known_defects": "keep"}),
            r"target\.options\.known_defects: celebamask-hq has no such option\. Valid: partition",
        ),
        (section("camvid", root="x", options={"a": 1}), r"options\.a: camvid has no such option\. It has none"),
        (section("camvid"), r"target\.root: camvid is not drawn\. Name the folder"),
        (section("folder"), r"target\.root: folder is not drawn"),
    ],
)
def test_a_mistake_is_named_with_its_cure(data, message):
    with pytest.raises(InputError, match=message):
        check_data_set(data, "tasks.x.target")


@pytest.mark.parametrize("name", READERS)
def test_every_reader_and_each_of_its_options_can_be_configured(name):
    for key, values in READERS[name].choices.items():
        for value in values:
            check_data_set(section(name, root="data", options={key: value}), "x")
    check_data_set(section(name, root="data"), "x")


def test_drawn_are_the_readers_that_procedural_data_are_made_for(tmp_path):
    for name, reader in READERS.items():
        message = "size" if reader.drawn else "is unknown"
        with pytest.raises(InputError, match=message):
            generate(name, tmp_path / name, counts={"train": 1}, size=(1, 1), seed=0)


def test_the_label_space_comes_from_the_reader_not_from_its_name(folder):
    assert label_space_of(section("synthia", root="x")) is LABEL_SPACES["cityscapes"]
    assert label_space_of(section("gta5")) is LABEL_SPACES["cityscapes"]
    assert label_space_of(section("folder", root=str(folder))).classes == ("lane", "car", "kiosk")
    (folder / "classes.yaml").unlink()
    with pytest.raises(InputError, match=r"classes\.yaml: no such file"):
        label_space_of(section("folder", root=str(folder)))
