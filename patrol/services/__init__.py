"""Every write to findings: the clock's scan, and what agents and people do with them by hand."""

from patrol.services.findings import ignore, report, resolve
from patrol.services.scan import Scan, scan

__all__ = ["Scan", "ignore", "report", "resolve", "scan"]
