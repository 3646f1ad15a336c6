"""What a run on the paper's data does smaller than config/paper.yaml, as sentences to stand above its tables."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from dakpn.config.errors import validate
from dakpn.config.inheritance import EXTENDS, inherit
from dakpn.config.models import Configuration
from dakpn.config.size import Size
from dakpn.plan.configure import SHIPPED
from dakpn.plan.nodes import Plan
from dakpn.plan.training import ORACLE
from dakpn.segmentation.registry import resolve

SIZES = ("image_size", "low_size", "resolutions")
OF_DATA = ("train", "validation", "limit", "options")
LENGTHS = ("iterations", "lr_step")
"""Settings that a percentage is given for."""


def cuts(plan: Plan, task: str | None, methods: list[str], *, trained: bool) -> list[str]:
    """One sentence per part of the run whose settings differ from config/paper.yaml: data, networks, methods.

    methods: those of the table; trained: whether segmenters stand behind its numbers. Empty for a task that stands for
    no pair of the paper, and for one with procedural data, about which tables have a warning of their own.
    """
    section = plan.tasks[task] if task else None
    if section is None or section.is_procedural or not section.stands_for:
        return []
    paper = _paper()
    theirs = paper.tasks[section.stands_for]
    changes = list(_changes(*({key: getattr(one, key) for key in SIZES} for one in (section, theirs))))
    for domain in ("source", "target"):
        own, full = ({key: getattr(getattr(one, domain), key) for key in OF_DATA} for one in (section, theirs))
        changes += [f"{domain} {change}" for change in _changes(own, full)]
    sentences: dict[tuple[str, ...], list[str]] = {tuple(changes): ["data"]}
    domains = {plan.encoder_domains[name] for name in methods if name in plan.encoder_domains}
    networks = [("semantic encoder", plan.encoders[domain], paper.encoder) for domain in sorted(domains)[:1]]
    if trained:
        first = plan.segmenters[plan.segmenters_of(task)[0]]
        networks.append(("segmenters", first, next(iter(paper.segmenters.values()))))
    for name, own, full in networks:
        changes = tuple(_changes(own, resolve(full, name).model_dump(mode="json")))
        sentences.setdefault(changes, []).append(name)
    for name in methods:
        changes = tuple(_changes(plan.instances[name].settings, plan.configuration.paper_settings[name]))
        sentences.setdefault(changes, []).append(plan.labels[name])
    return [
        f"Not as in config/paper.yaml, {', '.join(parts)}: {'; '.join(changes)}."
        for changes, parts in sentences.items()
        if changes
    ]


def shown(plan: Plan, entry: Mapping[str, Any]) -> list[str]:
    """The methods of the run that a table shows; entry: one of `Plan.entries`."""
    run = [] if entry["task"] is None else plan.methods(entry["task"])
    return [row["method"] for row in entry["rows"] if row["method"] in run and row["method"] != ORACLE]


@cache
def _paper() -> Configuration:
    return validate(inherit({EXTENDS: "paper"}, SHIPPED))


def _changes(own: Mapping[str, Any], full: Mapping[str, Any]) -> Iterator[str]:
    """ "iterations 2,000 instead of 100,000 (2 %)" for every setting that differs."""
    for key, value in own.items():
        before = full.get(key)
        if value != before:
            share = f" ({100 * value / before:.3g} %)" if key in LENGTHS and before else ""
            yield f"{key.replace('_', ' ')} {_text(value)} instead of {_text(before)}{share}"


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, Size):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return ", ".join(map(_text, value)) if isinstance(value, (tuple, list)) else str(value)
