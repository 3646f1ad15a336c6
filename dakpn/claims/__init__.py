"""The claims ledger: what the paper says, as data, and whether its own numbers and the run's bear it out."""
