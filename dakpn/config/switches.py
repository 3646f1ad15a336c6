"""Switches of the sensitivity table: a method as it is run, but for one changed setting.

A changed method goes through the same rules as the method itself under a name of its own: the method's, `--`, the
switch's. A changed encoder is named after its domain the same way.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from dakpn.config.errors import explain
from dakpn.config.models import Configuration, Switch
from dakpn.errors import InputError

SWITCHED = "--"


def switched(name: str, switch: Switch) -> str:
    """The name of a method or domain under a switch."""
    return f"{name}{SWITCHED}{switch.name}"


def base_of(name: str) -> str:
    """The method or domain that a name stands for, with or without a switch."""
    return name.partition(SWITCHED)[0]


def changes(configuration: Configuration, section: str, name: str) -> dict[str, Any]:
    """What the switch in `name` changes in `section` (method, encoder or segmenter); nothing without a switch."""
    wanted = (name.partition(SWITCHED)[2], section)
    found = (switch.changes for switch in configuration.sensitivity if (switch.name, switch.section) == wanted)
    return next(found, {})


def encoder_domain(domain: str, method: str, configuration: Configuration) -> str:
    """The name of a method's encoder: `domain`, under the method's switch where that changes the encoder."""
    return domain + method[len(base_of(method)) :] if changes(configuration, "encoder", method) else domain


def check_switches(configuration: Configuration, registry: Mapping[str, Any], segmenters: Mapping[str, Any]) -> None:
    """Raise InputError unless every switch has its own name and gives keys that exist a valid and new value.

    registry: method name -> translator class; segmenters: network name -> segmenter.
    """
    names = [switch.name for switch in configuration.sensitivity]
    for switch in configuration.sensitivity:
        where = f"sensitivity.{switch.name}"
        if names.count(switch.name) > 1:
            raise InputError(f"{where}: the name is given twice. Rename one.")
        if switch.task not in configuration.tasks:
            raise InputError(f"{where}.task: {switch.task} is not among the tasks ({', '.join(configuration.tasks)}).")
        if switch.method not in configuration.methods:
            raise InputError(f"{where}.method: {switch.method} has no section under `methods`. Add one.")
        if switch.section == "encoder" and not registry[switch.method].encoder:
            raise InputError(f"{where}.section: {switch.method} has no encoder. Change another section.")
        before, after = settings(switch, configuration, registry, segmenters)
        for key, value in after.items():
            if value == before[key]:
                raise InputError(f"{where}.changes.{key}: {value} is the run's own value. Give another.")


def settings(
    switch: Switch, configuration: Configuration, registry: Mapping[str, Any], segmenters: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of the changed keys in the run and under the switch. Raises InputError for a key or value that is not
    valid.
    """
    if switch.section == "method":
        model, own = registry[switch.method].Config, configuration.methods[switch.method]
    else:
        own = getattr(configuration, switch.section)
        model = segmenters[own["network"]].Config
    try:
        changed = model.model_validate({**own, **switch.changes})
    except ValidationError as error:
        raise InputError(explain(error, model, f"sensitivity.{switch.name}.changes")) from error
    before, after = (section.model_dump(mode="json") for section in (model.model_validate(own), changed))
    return {key: before[key] for key in switch.changes}, {key: after[key] for key in switch.changes}
