"""Tables of texts, such as a ledger, in three formats: CSV with all columns, Markdown and HTML with the texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from dakpn.tables.format import escape_markdown, fragment, pipe_tables, write_formats


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
    write_formats(
        stem,
        csv=rows.to_csv(index=False),
        md="\n".join(map(_markdown, listings)),
        html="".join(_html(listing, f"{stem.name}-{n}" if n else stem.name) for n, listing in enumerate(listings)),
    )


def _markdown(listing: Listing) -> str:
    cells = listing.texts.map(escape_markdown)
    return pipe_tables({"": cells}, listing.title, listing.notes, listing.above)


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
