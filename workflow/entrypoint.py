"""The `snakemake` command of this project's environment: targets after an option with many values are seen as targets.

Snakemake lets some options take one or more values, so `snakemake --cores 8 --resources gpu=1 all` hands `all` to
`--resources` and ends in a traceback. This entry point puts `--` before words that cannot be values of the
option they follow, and passes everything else through untouched. It also clears the locks of runs that were killed.
`python -m snakemake` is not affected.
"""

import re
import sys
from pathlib import Path

from workflow.stale_locks import cleared

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
    """Move the words that an option of OPTIONS would swallow behind a `--` at the end; otherwise change nothing.

    A word is a target when it follows such an option, or values of it, and cannot be a value itself.
    """
    if "--" in arguments:
        return arguments
    kept, targets, option = [], [], None
    for word in arguments:
        if word.startswith("-"):
            option = word
        elif option in OPTIONS and not OPTIONS[option].fullmatch(word):
            targets.append(word)
            continue
        kept.append(word)
    return [*kept, "--", *targets] if targets else arguments


def working_directory(arguments: list[str]) -> Path:
    """The folder that the run works in: the value of --directory, else the current one."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if word in ("--directory", "-d"):
            return Path(following)
        if word.startswith("--directory="):
            return Path(word.partition("=")[2])
    return Path()


def main() -> None:
    """Run Snakemake's own command line on the separated arguments."""
    from snakemake.cli import main as snakemake

    arguments = sys.argv[1:]
    with cleared(working_directory(arguments)):
        snakemake(separate_targets(arguments))


if __name__ == "__main__":
    main()
