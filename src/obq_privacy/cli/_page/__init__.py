"""A policy, and what a database holds under it, as one page of HTML."""

from __future__ import annotations

from obq_privacy.cli._page._page import Seen, page

__all__ = ["Seen", "page"]
