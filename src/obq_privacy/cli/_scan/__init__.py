"""Reading source without importing it: where values leave, and what becomes of them in the same function."""

from __future__ import annotations

from obq_privacy.cli._scan._scan import Problem, Scan, Way, scan

__all__ = ["Problem", "Scan", "Way", "scan"]
