"""The `snakemake` command of this project's environment: targets after an option with many values are seen as targets.

Snakemake lets some options take one or more values, so `snakemake --cores 8 --resources gpu=1 all` hands `all` to
`--resources` and ends in a traceback. This entry point puts `--` before trailing words that cannot be values of the
option they follow, and passes everything else through untouched. `python -m snakemake` is not affected.
"""

import re
import sys

KEY_VALUE = re.compile(r"[^=]+=.*|[^=:]+:[^=]+=.*", re.DOTALL)
"""name=value, and rule:name=value as --set-resources takes it."""

OPTIONS = {
    **dict.fromkeys(("--resources", "--res", "--default-resources", "--default-res"), KEY_VALUE),
    **dict.fromkeys(("--config", "-C", "--set-resources", "--set-threads"), KEY_VALUE),
    "--rerun-triggers": re.compile("code|input|mtime|params|software-env"),
    "--quiet": re.compile("all|host|progress|reason|rules"),
    "-q": re.compile("all|host|progress|reason|rules"),
}
"""Options with any number of values, and what a value of theirs looks like."""


def separate_targets(arguments: list[str]) -> list[str]:
    """Insert `--` before the words at the end that are targets; return `arguments` unchanged where there is nothing to
    do.

    Only the last option of the line can swallow targets. When it is one of OPTIONS and is followed by words that are no
    values of it, those words are the targets.
    """
    last = max((i for i, word in enumerate(arguments) if word.startswith("-") and word != "-"), default=None)
    if last is None or "--" in arguments or arguments[last] not in OPTIONS:
        return arguments
    is_value = OPTIONS[arguments[last]]
    for i in range(last + 1, len(arguments)):
        if not is_value.fullmatch(arguments[i]):
            return [*arguments[:i], "--", *arguments[i:]]
    return arguments


def main() -> None:
    """Run Snakemake's own command line on the separated arguments."""
    from snakemake.cli import main as snakemake

    snakemake(separate_targets(sys.argv[1:]))


if __name__ == "__main__":
    main()
