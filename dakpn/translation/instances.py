"""Named instances: a method of a run is a name, a class and settings (paper rows, ablations, a user's variants).

The registry holds classes and presets, the configuration's `methods` holds sections by name. An instance is built from
what its section names as `method`, otherwise from the registry's entry of its own name. Settings are inherited along
this chain: of every link the preset's settings, then the run's section of that name; the instance's own come last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, create_model

from dakpn.config.errors import explain, nearest
from dakpn.config.models import Seeds
from dakpn.errors import InputError

RESERVED = ("oracle",)
"""Names that no method may have: the oracle, trained on the target's labels, has a row of its own."""


@dataclass(frozen=True)
class Preset:
    """A registry entry without a class of its own.

    method: the entry that it is built from; label: how tables print it; settings: what it changes in that entry, and
    segmenter: in the training of the segmenter that judges it.
    """

    method: str
    label: str
    settings: Mapping[str, Any]
    segmenter: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Instance:
    """A method as a run uses it; all but `translator` is plain data.

    translator: its class, a Translator. settings: the validated section with every default, as JSON data from which
    `translator.Config(**settings)` is made again. encoder, trained, optimised, images_only: see Translator. base: name
    of the class in the registry. segmenter: what it changes in the section of every segmenter trained on it. seeds: its
    own training seeds, None for the run's. order:
    sorts instances as the registry does, a run's own right after what it is built from.
    """

    name: str
    label: str
    translator: type
    settings: dict[str, Any]
    encoder: Literal["source", "target"] | None
    trained: bool
    optimised: bool
    images_only: bool
    base: str
    segmenter: dict[str, Any]
    seeds: tuple[int, ...] | None
    order: tuple[int, ...]


def resolve(name: str, sections: Mapping[str, Mapping[str, Any]], registry: Mapping[str, type | Preset]) -> Instance:
    """The instance `name` of a run.

    sections: the configuration's `methods`, name -> {method, label, **settings}; registry: baselines.METHODS.
    Raises InputError that names the key for a name or base that does not exist, a circular `method`, and settings that
    are not valid.
    """
    sections = {key: section or {} for key, section in sections.items()}
    chain = _chain(name, sections, registry)
    translator, settings = registry[chain[0]], {}
    model = _section_model(translator)
    for link in chain:
        entry, own = _entry(link, sections, registry), sections.get(link, {})
        preset = {**entry.settings, "segmenter": entry.segmenter} if isinstance(entry, Preset) else {}
        settings |= {**preset, "label": getattr(entry, "label", link), **own}
        try:
            section = model.model_validate(settings)
        except ValidationError as error:
            # An instance may give the keys that its base lacks.
            if link == name or any(problem["type"] != "missing" for problem in error.errors()):
                raise InputError(explain(error, model, f"methods.{link}")) from error
    config = translator.Config.model_validate(section.model_dump(exclude={"method", "label", "segmenter", "seeds"}))
    shipped = max(place for place, link in enumerate(chain) if link in registry)
    return Instance(
        name=name,
        label=section.label,
        translator=translator,
        settings=config.model_dump(mode="json"),
        encoder=translator.encoder_domain(config),
        trained=translator.trained,
        optimised=translator.optimised,
        images_only=translator.images_only,
        base=chain[0],
        segmenter=section.segmenter,
        seeds=section.seeds,
        order=(list(registry).index(chain[shipped]), *map(list(sections).index, chain[shipped + 1 :])),
    )


def at_paper_settings(
    name: str, sections: Mapping[str, Mapping[str, Any]], registry: Mapping[str, type | Preset]
) -> Instance:
    """The instance without the run's settings of shipped methods: at the paper's widths, for Table 2.

    A run's own instances keep their sections, which name what they are built from.
    """
    return resolve(name, {own: section for own, section in sections.items() if own not in registry}, registry)


def _entry(link: str, sections: Mapping[str, Any], registry: Mapping[str, type | Preset]) -> type | Preset | None:
    """The registry's entry of `link`; None where the section of `link` names a `method`."""
    return registry.get(link) if sections.get(link, {}).get("method") is None else None


def _chain(name: str, sections: Mapping[str, Any], registry: Mapping[str, type | Preset]) -> list[str]:
    """The names from the class in the registry to `name`, each built from the one before."""
    if name in RESERVED:
        raise InputError(f"methods.{name}: the name stands for the oracle. Use another.")
    chain = [name]
    while not isinstance(entry := _entry(chain[0], sections, registry), type):
        link = chain[0]
        base = entry.method if entry else sections.get(link, {}).get("method")
        if base is None:
            raise InputError(
                f"methods.{link}: no method ships under this name. For one of your own add `method`, "
                f"the name of what it is built from.{nearest(link, registry)}"
            )
        if base in chain:
            circle = " -> ".join([*reversed(chain), base])
            raise InputError(f"methods.{link}.method: {circle} is a circle. Name another method.")
        if base not in [*registry, *sections]:
            raise InputError(f"methods.{link}.method: no method {base}.{nearest(str(base), [*registry, *sections])}")
        chain.insert(0, base)
    return chain


@cache
def _section_model(translator: type) -> type[BaseModel]:
    """The class's Config with the keys that every section may have."""
    return create_model(
        translator.Config.__name__,
        __base__=translator.Config,
        method=(str | None, Field(None, description="method that it is built from")),
        segmenter=(dict[str, Any], Field({}, description="what it changes in the training of its segmenters")),
        label=(str, Field(min_length=1, description="how tables and figures print it")),
        seeds=(Seeds | None, Field(None, description="training seeds of its own, where the run has several")),
    )
