"""Loaded first by the process that jobs are forks of. It outlives signals that go to all processes of a run, and so do
its forks until they can answer (`workflow.execution`).
"""

import signal

signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
