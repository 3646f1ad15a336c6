"""Tables of texts, such as a ledger, in three formats: CSV with everything, Markdown and HTML with what people read."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from dakpn.files import atomic_path
from dakpn.tables.format import fragment


@dataclass(frozen=True)
class Listing:
    """One table of texts, not yet escaped. The first column is the heading of each row.

    kinds: style class per column, "plain", "reported" or "measured"; all plain where empty. above, notes: sentences
    before and below.
    """

    title: str
    texts: pd.DataFrame
    kinds: Sequence[str] = ()
    above: Sequence[str] = ()
    notes: Sequence[str] = ()


def write_listings(stem: str | Path, rows: pd.DataFrame, listings: Sequence[Listing]) -> None:
    """Write `rows` as `stem`.csv, and all listings as `stem`.md and `stem`.html (a fragment), each atomically."""
    stem = Path(stem)
    texts = {
        ".csv": rows.to_csv(index=False),
        ".md": "\n".join(map(_markdown, listings)),
        ".html": "".join(_html(listing, f"{stem.name}-{n}" if n else stem.name) for n, listing in enumerate(listings)),
    }
    for suffix, text in texts.items():
        with atomic_path(stem.with_name(stem.name + suffix)) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _markdown(listing: Listing) -> str:
    def escape(text: str) -> str:
        for character in "\\|*_":
            text = text.replace(character, "\\" + character)
        return html.escape(text, quote=False)

    texts = listing.texts.map(escape)
    align = ["left"] * texts.shape[1]
    table = texts.to_markdown(index=False, disable_numparse=True, colalign=align, tablefmt="pipe")
    above = [f"**{escape(text)}**" for text in listing.above]
    notes = "\n".join(f"- {escape(text)}" for text in listing.notes)
    parts = [f"### {escape(listing.title)}", *above, table, notes]
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(listing: Listing, label: str) -> str:
    return fragment(
        label=label,
        texts=True,
        title=listing.title,
        above=listing.above,
        notes=listing.notes,
        levels=[[(heading, 1) for heading in listing.texts.columns]],
        kinds=listing.kinds or ["plain"] * listing.texts.shape[1],
        body=listing.texts.to_numpy().tolist(),
    )
