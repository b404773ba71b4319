"""Danger by name: whatever here is used lets data out that the policy refuses, and warns."""

from __future__ import annotations

from obq_privacy.guard._observing import Observed, UnsafeObserve, UnsafeWarning

__all__ = ["Observed", "UnsafeObserve", "UnsafeWarning"]

for _public in (Observed, UnsafeObserve, UnsafeWarning):
    _public.__module__ = __name__
