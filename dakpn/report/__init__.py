"""The report of a run: one static page that needs neither a server nor a network."""
