"""Words that a reader may not know, marked where they stand with what they mean."""

import re
from pathlib import Path

import yaml
from markupsafe import Markup, escape

GLOSSARY: dict[str, str] = yaml.safe_load((Path(__file__).parent / "glossary.yaml").read_text(encoding="utf-8"))
"""Word -> its meaning, without a full stop."""
# The longest first, because DA-KPN begins DA-KPN-S.
_WORDS = re.compile(
    "|".join(rf"(?<![\w-]){re.escape(word)}(?![\w-])" for word in sorted(GLOSSARY, key=len, reverse=True))
)


def marked(text: str) -> Markup:
    """`text` escaped, with <abbr> around the first word of the glossary in it."""
    found = _WORDS.search(text)
    if not found:
        return escape(text)
    before, word, after = text[: found.start()], found.group(), text[found.end() :]
    return Markup("{}<abbr title='{}'>{}</abbr>{}").format(before, GLOSSARY[word], word, after)
