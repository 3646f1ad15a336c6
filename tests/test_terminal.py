"""What a run says on a terminal and in a file: progress, errors with their log, and its last lines."""

import csv
import io
import os
import pty
import re
import shutil
import signal
import subprocess
import time

import pytest
from runs import COMMAND, ROOT
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.tests import MockOutputSettings, TestLogHandlerBase

from baselines import METHODS
from dakpn.plan import plan
from dakpn.plan.configure import configure
from workflow import terminal
from workflow.ending import ending
from workflow.journal import last_words

SNAKEFILE = """
from pathlib import Path
from workflow import execution
from workflow.terminal import at_end, keep
execution._server.set_forkserver_preload([])
onstart: keep(log, "kept")
at_end(lambda: ["the answer"])
rule all:
    input: [path.with_suffix(".txt").name for path in Path(workflow.basedir).glob("*.py")]
rule job:
    output: "{name}.txt"
    log: "logs/{name}.log"
    run:
        about = output, params, wildcards, threads, resources, log, config, rule
        execution.execute(f"{workflow.basedir}/{wildcards.name}", input, *about)
"""
GOOD = """
from workflow.journal import log, said
log.info("for the log")
said.info("for all")
open(snakemake.output[0], "w")
"""
SAVING = """
import time
try:
    open("running", "w")
    time.sleep(600)
except SystemExit:
    time.sleep(2)
    open("saved", "w")
    raise
"""
BAD = {
    "mistaken": ("from dakpn.errors import InputError; raise InputError('data:\\nmissing')", "data:\nmissing"),
    "wrong": ("1 / 0", "ZeroDivisionError: division by zero"),
    "killed": (
        "import os; os.kill(os.getpid(), 9)",
        r"killed, by hand or for want of memory \(.* free\); exit status -9",
    ),
}


class TestPlugin(TestLogHandlerBase):
    """The interface's own tests."""

    __test__ = True

    def get_log_handler_cls(self):
        return terminal.LogHandler

    def get_log_handler_settings(self):
        return None

    def _create_handler(self):
        about = MockOutputSettings()
        about.printshellcmds = False
        return terminal.LogHandler(about, None)


@pytest.fixture
def run(tmp_path):
    """Run a job for each script, by name, and return what is seen; on a terminal or with a file as output."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)

    def output(*arguments, on_terminal=False, **scripts):
        for name, script in scripts.items():
            (tmp_path / f"{name}.py").write_text(script)
        master, end = pty.openpty() if on_terminal else os.pipe()
        words = [COMMAND, "--cores", "1", "--nolock", "--force-use-threads", "--keep-going", *arguments]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm"}
        process = subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=end, stderr=end)
        os.close(end)
        parts = []
        while True:
            try:
                parts.append(os.read(master, 1 << 16))
            except OSError:  # how a closed terminal ends
                break
            if not parts[-1]:
                break
        os.close(master)
        process.wait()
        return b"".join(parts).decode().replace("\r\n", "\n")

    return output


def test_a_run_into_a_file_says_little_and_ends_with_the_answer(run, tmp_path):
    text = run(good=GOOD)
    last = r"for all\n2 of 2 jobs done, \d:\d\d:\d\d\. Full output: (kept/.*\.log)\nthe answer\n"
    found = re.search(last + "$", text)
    assert found and len(text.splitlines()) < 6, text
    kept, log = (tmp_path / found[1]).read_text(), (tmp_path / "logs/good.log").read_text()
    assert "rule job:" in kept and "Job stats" in kept and "for the log" in log and "for all" in log
    nothing = "Nothing to be done (all requested files are present and up to date)."
    assert run().splitlines()[-2:] == [nothing, "the answer"]


def test_an_error_stands_out_with_its_log_and_the_rest_goes_on(run):
    text = run(good=GOOD, **{name: script for name, (script, _) in BAD.items()}, on_terminal=True)
    for name, (_, reason) in BAD.items():
        shown = rf"\033\[1;31mERROR: {reason}\n  job: job {name}\n  log: logs/{name}.log\033\[0m\n"
        assert re.search(shown, text) and len(re.findall(reason, text)) == 1
    assert "1 of 5 jobs done, 3 failed" in text and "the answer" not in text
    assert "Traceback" not in text and "Exiting" not in text


def test_a_terminal_has_one_live_line(run):
    text = run(on_terminal=True, good=GOOD, other="open(snakemake.output[0], 'w')")
    lines = text.rpartition("the answer")[0].split("\n")
    assert len(lines) == 3 and "\033[K" in lines[0]
    shown = lines[0].split("\r\033[K") + lines[1].split("\r\033[K")
    assert "for all" in shown
    line = r"job \| 1/3 jobs \| elapsed 0:\d\d:\d\d \| end \d\d:\d\d \(in 0:\d\d:\d\d\)"
    assert any(re.fullmatch(line, text) for text in shown), shown
    assert max(len(text) for text in shown if " | " in text) < 80


def test_a_run_whose_terminal_is_gone_waits_for_its_jobs(tmp_path):
    stopping = SNAKEFILE.replace("onstart: ", "onstart:\n    execution.pass_on_signals()\n    ")
    (tmp_path / "Snakefile").write_text(stopping)
    (tmp_path / "saving.py").write_text(SAVING)
    process, master = pty.fork()
    if not process:
        os.chdir(tmp_path)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.environ.update(PYTHONPATH=str(ROOT), TERM="xterm")
        os.execv(COMMAND, [str(COMMAND), "--cores", "1", "--nolock", "--force-use-threads"])
    end = time.monotonic() + 300
    while not (tmp_path / "running").exists():
        assert time.monotonic() < end
        time.sleep(0.1)
    os.close(master)
    assert os.waitpid(process, 0)[1] != 0
    assert (tmp_path / "saved").exists()


def test_dry_runs_and_mistakes_are_shown_as_snakemake_shows_them(run):
    dry = run("-n", good=GOOD)
    assert "Job stats:" in dry and "rule job:" in dry
    wrong = run("nonsense")
    assert "No rule to produce nonsense" in wrong and "Building DAG" not in wrong


@pytest.mark.parametrize("words, reason", [(["--quiet"], True), (["--quiet", "all"], False)])
def test_a_quiet_run_shows_errors_and_a_silent_one_nothing(run, words, reason):
    text = run(*words, wrong=BAD["wrong"][0], on_terminal=True)
    assert " | " not in text and (BAD["wrong"][1] in text) == reason and ("1 failed" in text) == reason


def record(event, **about):
    return TestPlugin()._create_event_record(event, **about)


def test_a_file_gets_a_line_now_and_then(monkeypatch):
    monkeypatch.setitem(terminal.EVERY, False, 0.05)
    handler = TestPlugin()._create_handler()
    handler.stream = io.StringIO()
    handler.handle(record(LogEvent.RUN_INFO, stats={"total": 4}))
    handler.handle(record(LogEvent.JOB_INFO, jobid=1, rule_name="timing_table", wildcards={"table": "table2"}))
    handler.handle(record(LogEvent.PROGRESS, done=1, total=4))
    time.sleep(0.3)
    handler.close()
    lines = handler.stream.getvalue().splitlines()
    assert len(lines) >= 2 and lines[0].startswith("timing table | 1/4 jobs | elapsed 0:00:00 | end ")
    assert lines[-1].startswith("1 of 4 jobs done") and "\033" not in handler.stream.getvalue()


def test_the_end_is_expected_where_the_rest_takes_as_long_as_the_jobs_before():
    line = terminal.progress(["translator street a 0", "translator street b 0", "score x"], 50, 200, 600)
    assert line.startswith("translator, score | 50/200 jobs | elapsed 0:10:00 | end ") and line.endswith("(in 0:30:00)")
    assert terminal.progress([], 0, 9, 3) == "choosing jobs | 0/9 jobs | elapsed 0:00:03"


def test_the_last_words_of_a_log_are_those_of_its_error(tmp_path):
    (tmp_path / "log").write_text("12:00:00 rule a: step 1\n12:00:01 rule a: ERROR: missing:\nimage\n\n")
    assert last_words(tmp_path / "log") == "missing:\nimage" and last_words(tmp_path / "none") == "no message"
    (tmp_path / "log").write_text("Traceback:\n  ...\nValueError: ERROR: 3\n")
    assert last_words(tmp_path / "log") == "ValueError: ERROR: 3"


def test_the_last_lines_are_the_answer_four_scores_and_the_address_of_the_page(tmp_path, monkeypatch):
    for part in ("tables", "rows"):
        shutil.copytree(ROOT / "results/reference" / part, tmp_path / "results/miniature" / part)
    monkeypatch.chdir(tmp_path)
    *lines, address = ending(plan(configure({"extends": "miniature"}, METHODS)))
    assert address == f"Report: {(tmp_path / 'reports/miniature/index.html').as_uri()}"
    assert [line.split(",")[0] for line in lines] == [
        "On streets",
        "On faces",
        "Table 1",
        "Table 3",
        "Table 4",
        "Table 5",
    ]
    assert all("DA-KPN-S" in line and "Price" in line for line in lines[:2])
    with open("results/miniature/tables/table3.csv") as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == "mIOU" and row["source"] == "measured"]
    for row in rows:
        shown = f"{row['method']} {float(row['value']):.2f} ± {float(row['seed_sd'] or 0):.2f}"
        known = row["method"] in ("Source (untranslated)", "DA-KPN-S", "DA-KPN-T", "Target")
        assert (shown in lines[3]) == (known and row["resolution"] == "720x1280")
    assert lines[3].startswith("Table 3, Segmentation, street at 96x160, mIOU: Source (untranslated) ")


def test_with_one_seed_the_last_lines_have_the_interval(tmp_path, monkeypatch):
    (tmp_path / "results/miniature/tables").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for number in (1, 3, 4, 5):
        text = "method,resolution,metric,value,source,shown,size\n"
        text += 'Target,,mIOU,54.02,measured,"54.02 [52.00, 56.00] a",96x96\nDA-KPN-S,,mIOU,,measured,not run,\n'
        (tmp_path / f"results/miniature/tables/table{number}.csv").write_text(text)
        (tmp_path / f"results/miniature/tables/table{number}-differences.csv").write_text(
            "method,resolution,metric,p\n"
        )
    (tmp_path / "results/miniature/rows").mkdir()
    (tmp_path / "results/miniature/rows/costs.csv").write_text("stage,task,method,seconds\n")
    lines = ending(plan(configure({"extends": "miniature"}, METHODS)))
    assert lines[0] == "Table 3, Segmentation, street at 96x96, mIOU: Target 54.02 [52.00, 56.00]"
    assert len(lines) == 3  # Tables 1 and 5 have no target
