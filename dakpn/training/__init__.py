"""The training loop that knows no model: sampling, devices, checkpoints."""
