"""What the entry point takes for a target, and every command that the documentation shows."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from runs import ROOT
from snakemake.cli import get_argument_parser

from dakpn.plan import NODES
from workflow.entrypoint import separate_targets, takes_many, without_rate_limit

SHOWN = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("config/*.yaml"))]
NAMED = "all table1 table6 figures report claims doctor verify sensitivity trajectory power price status"


@pytest.mark.parametrize(
    "given, expected",
    [
        ("--cores 8 --resources gpu=1 all", "--cores 8 --resources gpu=1 -- all"),
        (
            "--cores 8 --resources gpu=1 mem_mb=100 table1 table2",
            "--cores 8 --resources gpu=1 mem_mb=100 -- table1 table2",
        ),
        ("--config run=x seeds=[1,2] report", "--config run=x seeds=[1,2] -- report"),
        ("--config run=x results/a=b/c.csv", "--config run=x -- results/a=b/c.csv"),
        ("--set-resources train:gpu=1 all", "--set-resources train:gpu=1 -- all"),
        ("--rerun-triggers mtime params table3", "--rerun-triggers mtime params -- table3"),
        ("--quiet rules table3", "--quiet rules -- table3"),
        ("--dag table3", "--dag -- table3"),
        ("--dag dot table3", "--dag dot -- table3"),
        ("--cores 8 --resources gpu=1 all -n", "--cores 8 --resources gpu=1 -n -- all"),
        (
            "--resources gpu=1 all --cores 8 --config run=x table1",
            "--resources gpu=1 --cores 8 --config run=x -- all table1",
        ),
        ("table1 --cores 8 table2 --config run=x all", "--cores 8 --config run=x -- table1 table2 all"),
        ("--configfile config/paper.yaml doctor", "--configfile config/paper.yaml -- doctor"),
        ("--configfiles a.yaml b.json all", "--configfiles a.yaml b.json -- all"),
        ("--configfile a.yaml results/a/tables/b.json", "--configfile a.yaml -- results/a/tables/b.json"),
        ("--configfile a.yaml -n all", "--configfile a.yaml -n all"),
        ("--forcerun score segment table3", "--forcerun score segment -- table3"),
        ("--cache all", "--cache -- all"),
    ],
)
def test_targets_after_an_option_with_many_values_are_separated(given, expected):
    assert separate_targets(given.split()) == expected.split()


@pytest.mark.parametrize(
    "given",
    [
        "",
        "all",
        "all --cores 8 --resources gpu=1",
        "--cores 8 --resources gpu=1 -- all",
        "--resources gpu=1 --cores 8 all",
        "--cores 8 --resources=gpu=1 all",
        "--cores 8 -n",
        "--quiet all",
        "-pj 4 all",
        "--forcerun table3",
        "--cleanup-metadata results/a results/b",
        "--report report.html all",
    ],
)
def test_everything_else_passes_through_untouched(given):
    assert separate_targets(given.split()) == given.split()


def value(option):
    """A value that the option accepts."""
    if option.choices:
        return next(iter(option.choices))
    form = option.metavar or "name"
    return "rule:gpu=1" if form.startswith("RULE:") else "gpu=1" if "=" in form else "config/smoke.yaml"


OPTIONS = [option for option in get_argument_parser()._actions if option.option_strings and takes_many(option)]


@pytest.mark.parametrize("option", OPTIONS, ids=[option.option_strings[0] for option in OPTIONS])
def test_every_named_target_works_after_any_such_option(option):
    for name in option.option_strings:
        for target in NAMED.split():
            arguments = [name, str(value(option)), target]
            separated = separate_targets(arguments)
            quiet = target in (option.choices or ())  # `--quiet all`
            assert separated == (arguments if quiet else [*arguments[:2], "--", target])


def test_options_with_many_values_are_found():
    names = {name for option in OPTIONS for name in option.option_strings}
    assert {"--configfile", "--configfiles", "--config", "-C", "--resources", "--quiet", "-R", "--until"} <= names


def commands(path):
    """Commands in a page or in comments: spans and blocks of code, lines of comments, without remarks at the end."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        text = "\n".join(line.partition("#")[2] for line in text.splitlines())
    spans = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    lines = text.replace("\\\n", " ").splitlines()
    for command in [*spans, *lines]:
        if re.match(r"\s*(snakemake|make) [^`]*$", command):
            for name in [config.stem for config in ROOT.glob("config/*.yaml")] if "<name>" in command else [""]:
                yield shlex.split(command.replace("<name>", name), comments=True)


COMMANDS = [(path.relative_to(ROOT), command) for path in SHOWN for command in commands(path)]
RULES = {node.rule for node in NODES} | {f"table{number}" for number in range(1, 7)}
for rules in [ROOT / "Snakefile", *ROOT.glob("workflow/rules/*.smk")]:
    RULES |= set(re.findall(r"^(?:rule|checkpoint) (\w+):", rules.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page, command", COMMANDS, ids=[f"{page}: {' '.join(command)}" for page, command in COMMANDS])
def test_a_command_of_the_documentation_is_understood(page, command):
    program, *arguments = command
    if program == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert {word for word in arguments if "=" not in word} <= set(targets)
        return
    parsed = get_argument_parser().parse_args(separate_targets(arguments))
    # mine.yaml is the reader's own (docs/extend.md).
    assert all(str(config) == "mine.yaml" or (ROOT / config).is_file() for config in parsed.configfile)
    assert all(target in RULES or target.startswith("results/") for target in parsed.targets)
    assert not set(arguments) & RULES - set(parsed.targets), "a target was taken for a value"


def test_commands_of_the_documentation_are_found():
    assert len(COMMANDS) > 25 and {path.name for path, _ in COMMANDS} >= {"README.md", "data.md", "paper.yaml"}


def test_the_installed_command_is_this_one():
    command = Path(sys.prefix) / "bin/snakemake"
    assert "workflow.entrypoint" in command.read_text(encoding="utf-8"), (
        "a later installation of snakemake replaced it: run `make` again"
    )
    found = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert found.stdout[0].isdigit()


def test_jobs_per_second_have_no_limit_unless_one_is_asked_for():
    parser = without_rate_limit(get_argument_parser)()
    assert parser.parse_args([]).max_jobs_per_timespan is None
    assert parser.parse_args(["--max-jobs-per-timespan", "5/1s"]).max_jobs_per_timespan.max_jobs == 5
    # Else the change of the default would be for nothing.
    assert get_argument_parser().parse_args([]).max_jobs_per_timespan is not None
