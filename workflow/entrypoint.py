"""The `snakemake` command of this project's environment: a quiet terminal, and targets seen as targets.

It gives the terminal to workflow/terminal.py, unless `--logger` names another plugin.

Some of Snakemake's options take any number of values, so `snakemake --configfile config/paper.yaml doctor` takes
`doctor` for a second file. This entry point reads from Snakemake's own parser which options do, puts `--` before the
targets and passes everything else through. A word after such an option is a value if the option has choices and it is
one of them; if the option takes NAME=VALUE and it has that form; if the option takes configuration files and it is the
first word or names one outside the folders that the workflow writes; otherwise if it is no target of the README, or the
first word where one is needed. All else up to the next option are targets. `--quiet all` remains a level of quiet.
"""

import argparse
import re
import sys
from collections.abc import Callable
from typing import Any

NAMED_TARGETS = re.compile(
    "all|table[1-6]|figures|report|claims|doctor|verify|sensitivity|trajectory|power|price|status"
)
WRITTEN = re.compile(r"(\./)?(results|reports|data)/.*")
# Also rule:name=value, as --set-resources takes it; no path with `=` in it.
NAME_VALUE = re.compile(r"[\w.:-]+=.*", re.DOTALL)
CONFIGURATION = re.compile(r".*\.(ya?ml|json)")


def takes_many(option: argparse.Action) -> bool:
    """Whether the number of values is open, so that only the form of a word tells a value from a target."""
    return option.nargs in ("*", "+") or (option.nargs == "?" and bool(option.choices))


def is_value(word: str, option: argparse.Action, count: int) -> bool:
    """Whether `word` is a value of `option`, which has `count` values already; see the rule at the top."""
    if not takes_many(option):
        return count < (option.nargs if isinstance(option.nargs, int) else 1)
    if option.choices:
        return word in map(str, option.choices)
    if "=" in (option.metavar or ""):
        return bool(NAME_VALUE.fullmatch(word))
    if count == 0 and (option.nargs == "+" or option.metavar == "TARGET"):
        return True
    if "--configfile" in option.option_strings:
        return bool(CONFIGURATION.fullmatch(word)) and not WRITTEN.fullmatch(word)
    return not NAMED_TARGETS.fullmatch(word)


def separate_targets(arguments: list[str]) -> list[str]:
    """Move all targets behind a `--` at the end if an option would swallow one of them; otherwise change nothing."""
    from snakemake.cli import get_argument_parser

    if "--" in arguments:
        return arguments
    options = {name: action for action in get_argument_parser()._actions for name in action.option_strings}
    kept, targets, swallowed = [], [], False
    option, count, known = None, 0, True
    for word in arguments:
        if word.startswith("-"):
            # Not known: abbreviated or joined with other options. The words after it are left where they are.
            option, count = options.get(word), 0
            known = option is not None or "=" in word
        elif option is not None and is_value(word, option, count):
            count += 1
        elif known:
            swallowed |= option is not None and takes_many(option)
            option = None
            targets.append(word)
            continue
        kept.append(word)
    return [*kept, "--", *targets] if swallowed else arguments


def without_rate_limit(made: Callable[..., argparse.ArgumentParser]) -> Callable[..., argparse.ArgumentParser]:
    """Snakemake's parser with no limit on jobs per second, unless one is asked for.

    With a limit the scheduler looks at all waiting jobs again a second after each look, and each finished job adds such
    a series of looks to those that go on: with 700 jobs waiting it came to a third of a core (docs/performance.md).
    """

    def parser(*arguments: Any, **options: Any) -> argparse.ArgumentParser:
        built = made(*arguments, **options)
        built.set_defaults(max_jobs_per_timespan=None)
        return built

    return parser


def main() -> None:
    """Run Snakemake's own command line on the separated arguments."""
    from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

    from workflow import terminal

    LoggerPluginRegistry().register_plugin("snakemake_logger_plugin_dakpn", terminal)
    from snakemake import cli

    cli.get_argument_parser = without_rate_limit(cli.get_argument_parser)
    # In this form the option takes no further word for a value; a later `--logger` replaces it.
    cli.main(["--logger=dakpn", *separate_targets(sys.argv[1:])])


if __name__ == "__main__":
    main()
