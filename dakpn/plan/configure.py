"""From a raw configuration to one in which everything that it names is resolved: methods, networks, data sets."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import Field

from dakpn.config.errors import nearest, validate
from dakpn.config.inheritance import inherit
from dakpn.config.models import Configuration
from dakpn.data.label_spaces import check_same_space
from dakpn.data.sections import check_data_set, label_space_of
from dakpn.errors import InputError
from dakpn.segmentation.registry import resolve as resolve_network
from dakpn.translation.instances import Instance, at_paper_settings, resolve

SHIPPED = Path(__file__).parents[2] / "config"
"""Folder of the configurations that come with the project."""


class RunConfiguration(Configuration):
    """A configuration with what it names resolved; the additions are no keys of a file."""

    instances: dict[str, Instance] = Field(exclude=True)
    encoder_sections: dict[str, dict[str, Any]] = Field(exclude=True)
    encoder_domains: dict[str, str] = Field(exclude=True)
    segmenter_sections: dict[str, dict[str, Any]] = Field(exclude=True)
    segmenter_labels: dict[str, str] = Field(exclude=True)
    paper_settings: dict[str, dict[str, Any]] = Field(exclude=True)
    switches: list[dict[str, Any]] = Field(exclude=True)
    snapshots: dict[str, tuple[str, int]] = Field(exclude=True)


def configure(raw: Mapping[str, Any], registry: Mapping[str, Any]) -> RunConfiguration:
    """Check a parsed configuration and resolve what it names.

    registry: METHODS, name -> class or preset of a method. Raises InputError that names the key, and the nearest valid
    one where a name is unknown.
    """
    configuration = validate(inherit(raw, SHIPPED))
    for name, task in configuration.tasks.items():
        for domain in ("source", "target"):
            check_data_set(getattr(task, domain), f"tasks.{name}.{domain}")
        check_same_space(label_space_of(task.source), label_space_of(task.target), f"tasks.{name}")
    sections = {
        name: {key: value for key, value in section.items() if key != "tasks"}
        for name, section in configuration.methods.items()
    }
    names = {name for task in configuration.tasks for name in configuration.run_methods(task)}
    names |= {name for task in configuration.tasks.values() for name in task.ablations}
    # A section that nothing runs is checked all the same.
    resolved = {name: resolve(name, sections, registry) for name in sorted({*names, *sections})}
    run = {name: resolved[name] for name in names}
    encoder = resolve_network(configuration.encoder, "encoder").model_dump(mode="json")
    if encoder["statistics"] != "training":
        raise InputError("encoder.statistics: an encoder keeps those of the domain it is trained on. Remove the key.")
    networks = {name: resolve_network(own, f"segmenters.{name}") for name, own in configuration.segmenters.items()}
    segmenters = {name: network.model_dump(mode="json") for name, network in networks.items()}
    encoders, domains = {"source": encoder, "target": encoder}, {n: i.encoder for n, i in run.items() if i.encoder}
    for name, instance in run.items():
        for own in configuration.segmenters.values() if instance.segmenter else ():
            _changed(own, instance.segmenter, f"methods.{name}.segmenter")
    switches = []
    for name, switch in configuration.sensitivity.items():
        where, task = f"sensitivity.{name}", switch.task or next(iter(configuration.tasks))
        if switch.method not in run:
            # Inherited switches of shipped methods that this run leaves out fall away; other names are mistakes.
            if switch.method in registry:
                continue
            raise InputError(f"{where}.method: {switch.method} is not run.{nearest(switch.method, names)}")
        network = (configuration.tasks[task].segmenters or tuple(segmenters))[0]
        own, changed = (switch.method, network), (f"{switch.method}-{name}", network)
        if switch.section == "segmenter":
            changed = (switch.method, f"{network}-{name}")
            after = _changed(configuration.segmenters[network], switch.changes, f"{where}.changes")
            before, segmenters[changed[1]] = segmenters[network], after
        else:
            method = changed[0]
            if method in run:
                raise InputError(f"{where}: {method} is a method already. Rename the switch.")
            built = {"method": switch.method, **(switch.changes if switch.section == "method" else {})}
            try:
                run[method] = instance = resolve(method, {**sections, method: built}, registry)
            except InputError as error:
                raise InputError(str(error).replace(f"methods.{method}.", f"{where}.changes.")) from error
            before, after, domain = run[switch.method].settings, instance.settings, instance.encoder
            if switch.section == "encoder":
                if not domain:
                    raise InputError(f"{where}.section: {switch.method} has no encoder. Change another section.")
                before, after = encoder, _changed(configuration.encoder, switch.changes, f"{where}.changes")
                domain = f"{domain}-{name}"
                encoders[domain] = after
            if domain:
                domains[method] = domain
        for key in switch.changes:
            if before[key] == after[key]:
                raise InputError(f"{where}.changes.{key}: {after[key]} is the run's own value. Give another.")
        about = {"name": name, "task": task, "label": run[switch.method].label, "section": switch.section}
        values = {"before": {k: before[k] for k in switch.changes}, "after": {k: after[k] for k in switch.changes}}
        switches.append({**about, "own": own, "changed": changed, **values})
    snapshots = {}
    for method in configuration.trajectory:
        if method not in run:
            if method in registry:
                continue
            raise InputError(f"trajectory.{method}: no such method is run.{nearest(method, names)}")
        if not run[method].optimised:
            raise InputError(f"trajectory.{method}: it is not trained in iterations. Remove it.")
        for iteration in sorted(set(configuration.trajectory[method])):
            name = f"{method}-at-{iteration}"
            if name in run:
                raise InputError(f"trajectory.{method}: {name} is a method already. Rename it.")
            snapshots[name] = (method, iteration)
            run[name] = replace(run[method], name=name, label=f"{run[method].label} at {iteration}")
            domains |= {name: domains[method]} if method in domains else {}
    for name, task in configuration.tasks.items():
        switched = {switch["changed"][0] for switch in switches if switch["task"] == name}
        for instance in (run[method] for method in {*configuration.run_methods(name), *task.ablations, *switched}):
            try:
                instance.translator.check_sizes(instance.translator.Config(**instance.settings), task.low_size)
            except InputError as error:
                raise InputError(f"tasks.{name}.low_size, methods.{instance.name}: {error}") from error
    # Segmenters of one label are told apart by their names.
    shared = Counter(network.label for network in networks.values())
    labels = {name: network.label if shared[network.label] == 1 else name for name, network in networks.items()}
    return RunConfiguration.model_construct(
        configuration.model_fields_set,
        **dict(configuration),
        instances=dict(sorted(run.items(), key=lambda entry: (entry[1].order, entry[0]))),
        encoder_sections=encoders,
        encoder_domains=domains,
        segmenter_sections=segmenters,
        segmenter_labels={name: labels.get(name, name) for name in segmenters},
        paper_settings={name: at_paper_settings(name, sections, registry).settings for name in resolved if name in run},
        switches=switches,
        snapshots=snapshots,
    )


def _changed(section: Mapping[str, Any], changes: Mapping[str, Any], where: str) -> dict[str, Any]:
    return resolve_network({**section, **changes}, where).model_dump(mode="json")
