"""The report of a run: one static page that needs neither a server nor a network."""

from dakpn.report.page import write_report

__all__ = ["write_report"]
