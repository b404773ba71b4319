"""The only composition: everything else stands apart until a guard brings it together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late
from obq_privacy.guard._clock import Clock
from obq_privacy.guard._guard import LEASE, Guard

if TYPE_CHECKING:
    from obq_privacy.guard._collecting import Collecting
    from obq_privacy.guard._erasure import Erasure
    from obq_privacy.guard._inbox import Inbox
    from obq_privacy.guard._release import Group, Release
    from obq_privacy.guard._subject import Subject
    from obq_privacy.guard._vault import Vault
else:
    __getattr__ = late(
        __name__,
        {
            "Collecting": "_collecting",
            "Erasure": "_erasure",
            "Group": "_release",
            "Inbox": "_inbox",
            "Release": "_release",
            "Subject": "_subject",
            "Vault": "_vault",
        },
    )

__all__ = ["LEASE", "Clock", "Collecting", "Erasure", "Group", "Guard", "Inbox", "Release", "Subject", "Vault"]
