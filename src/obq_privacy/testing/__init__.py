"""What a project that depends on the library tests itself with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late

if TYPE_CHECKING:
    from obq_privacy.testing._audit import AuditAssertions
    from obq_privacy.testing._channels import LEAK_CHANNELS, LeakChannel
    from obq_privacy.testing._contract_holder import HolderContract
    from obq_privacy.testing._contract_keys import KeyProviderContract
    from obq_privacy.testing._contract_store import StoreContract
    from obq_privacy.testing._fakes import FrozenClock, MemoryHolder, UnsafeTestKeys, UnsafeTestWarning
    from obq_privacy.testing._given import PolicyStrategies, strategies_for
    from obq_privacy.testing._given_any import (
        any_policy,
        histories,
        invalid_policies,
        items,
        labels,
        people,
        policies,
        purposes,
        recipients,
        requests,
        standings,
        times,
        values,
    )
    from obq_privacy.testing._given_people import Person
    from obq_privacy.testing._given_times import Boundary
    from obq_privacy.testing._guard import guard_for_tests
    from obq_privacy.testing._invalid import InvalidPolicy
    from obq_privacy.testing._leaks import NoLeaks
    from obq_privacy.testing._leaks_found import Leak, LeakFound, WeakCanary
    from obq_privacy.testing._machine import PrivacyMachine, operation, renamed
    from obq_privacy.testing._machine_found import MisuseFound
else:
    _find = late(
        __name__,
        {
            **dict.fromkeys(("PolicyStrategies", "strategies_for"), "_given"),
            **dict.fromkeys(("any_policy", "histories", "invalid_policies", "items", "labels", "people"), "_given_any"),
            **dict.fromkeys(("policies", "purposes", "recipients", "requests", "standings"), "_given_any"),
            **dict.fromkeys(("times", "values"), "_given_any"),
            **dict.fromkeys(("PrivacyMachine", "operation", "renamed"), "_machine"),
            "Boundary": "_given_times",
            "InvalidPolicy": "_invalid",
            "MisuseFound": "_machine_found",
            "Person": "_given_people",
            "AuditAssertions": "_audit",
            "FrozenClock": "_fakes",
            "HolderContract": "_contract_holder",
            "KeyProviderContract": "_contract_keys",
            "LEAK_CHANNELS": "_channels",
            "Leak": "_leaks_found",
            "LeakChannel": "_channels",
            "LeakFound": "_leaks_found",
            "MemoryHolder": "_fakes",
            "NoLeaks": "_leaks",
            "StoreContract": "_contract_store",
            "UnsafeTestKeys": "_fakes",
            "UnsafeTestWarning": "_fakes",
            "WeakCanary": "_leaks_found",
            "guard_for_tests": "_guard",
        },
    )

    def __getattr__(name: str) -> object:
        try:
            return _find(name)
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing not in {"hypothesis", "pytest"}:
                raise
        problem = f"{name} of obq_privacy.testing needs {missing}; install obq-privacy[testing]"
        raise ImportError(problem, name=missing)


__all__ = [
    "LEAK_CHANNELS",
    "AuditAssertions",
    "Boundary",
    "FrozenClock",
    "HolderContract",
    "InvalidPolicy",
    "KeyProviderContract",
    "Leak",
    "LeakChannel",
    "LeakFound",
    "MemoryHolder",
    "MisuseFound",
    "NoLeaks",
    "Person",
    "PolicyStrategies",
    "PrivacyMachine",
    "StoreContract",
    "UnsafeTestKeys",
    "UnsafeTestWarning",
    "WeakCanary",
    "any_policy",
    "guard_for_tests",
    "histories",
    "invalid_policies",
    "items",
    "labels",
    "operation",
    "people",
    "policies",
    "purposes",
    "recipients",
    "renamed",
    "requests",
    "standings",
    "strategies_for",
    "times",
    "values",
]
