"""Data sections of a configuration, checked against the readers: this layout, these options, this root."""

from dakpn.config.errors import nearest
from dakpn.config.models import DataSet
from dakpn.data import READERS
from dakpn.data.label_spaces import LabelSpace
from dakpn.errors import InputError


def check_data_set(section: DataSet, where: str) -> None:
    """Raise InputError that names the key below `where`, such as tasks.street.source, and the nearest valid one.

    Nothing on disk is looked at.
    """
    if section.reader not in READERS:
        raise InputError(f"{where}.reader: no such reader '{section.reader}'.{nearest(section.reader, READERS)}")
    reader = READERS[section.reader]
    for key, value in section.options.items():
        if key not in reader.choices:
            known = nearest(key, reader.choices) if reader.choices else " It has none: remove the key."
            raise InputError(f"{where}.options.{key}: {section.reader} has no such option.{known}")
        if value not in reader.choices[key]:
            choice = " or ".join(reader.choices[key])
            raise InputError(f"{where}.options.{key}: {value!r} is unknown. Choose {choice}.")
    if section.root is None and not reader.drawn:
        raise InputError(f"{where}.root: {section.reader} is not drawn. Name the folder of the data set.")


def label_space_of(section: DataSet) -> LabelSpace:
    """The label space of a checked section; a data set of one's own is asked for its classes.yaml.

    Raises InputError as the reader's `label_space_at`.
    """
    return READERS[section.reader].label_space_at(section.root or "")
