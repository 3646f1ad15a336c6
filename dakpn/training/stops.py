"""The signals that ask a run to stop."""

import signal

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""From `kill` and schedulers, from Ctrl-C, and from a terminal or connection that is gone."""
STOPPED = 143
"""Exit status of a process that was asked to stop and did."""


def answered() -> list[signal.Signals]:
    """Those of STOPS that this process answers: under nohup it goes on without its terminal.

    SIGINT is answered in any case: a shell starts what runs in the background with it ignored.
    """
    return [number for number in STOPS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
