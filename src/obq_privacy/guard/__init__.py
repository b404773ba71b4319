"""The only composition: everything else stands apart until a guard brings it together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late
from obq_privacy.guard._clock import Clock
from obq_privacy.guard._collecting import Collecting
from obq_privacy.guard._erasure import Erasure
from obq_privacy.guard._guard import LEASE, Guard
from obq_privacy.guard._subject import Subject

if TYPE_CHECKING:
    from obq_privacy.guard._vault import Vault
else:
    __getattr__ = late(__name__, {"Vault": "_vault"})

__all__ = ["LEASE", "Clock", "Collecting", "Erasure", "Guard", "Subject", "Vault"]
