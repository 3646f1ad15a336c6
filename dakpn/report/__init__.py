"""The report of a run: one static page that works without a server or a network."""
