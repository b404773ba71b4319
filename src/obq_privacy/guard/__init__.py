"""The only composition: everything else stands apart until a guard brings it together."""

from __future__ import annotations

from obq_privacy.guard._clock import Clock
from obq_privacy.guard._collecting import Collecting
from obq_privacy.guard._erasure import Erasure
from obq_privacy.guard._guard import LEASE, Guard
from obq_privacy.guard._subject import Subject
from obq_privacy.guard._vault import Vault

__all__ = ["LEASE", "Clock", "Collecting", "Erasure", "Guard", "Subject", "Vault"]
