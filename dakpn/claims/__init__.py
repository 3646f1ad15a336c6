"""The claims ledger: the paper's claims as data, judged by its own numbers and by the run's."""
