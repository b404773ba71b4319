"""What may be recorded as consent: nothing that could not count, and everything that does."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import Facts, in_force, recordable
from worlds import (
    DAY,
    GUARDIAN,
    INSTANTS,
    MIDNIGHT,
    PURPOSES,
    SUBJECT,
    TICK,
    Account,
    EmailDigest,
    FaceLogin,
    Marketing,
    Portrait,
    Unspoken,
    World,
    worlds,
)

from obq_privacy import errors
from obq_privacy.consent import ConsentEvent, EventKind, Standing, standing_of
from obq_privacy.decision import consent_problem, guardian_needed, live
from obq_privacy.policy import Minors, Policy, PurposeRule, additional, basic
from obq_privacy.vocab import Level, Purpose

ADULT = dt.date(1990, 5, 1)


def _grant(
    *purposes: type[Purpose], at: dt.datetime = MIDNIGHT, level: Level = Level.EXPRESS, by_guardian: bool = False
) -> ConsentEvent:
    return ConsentEvent(
        id="f" * 32,
        key="the grant",
        kind=EventKind.GRANT,
        subject=SUBJECT,
        actor=GUARDIAN if by_guardian else SUBJECT,
        purposes=tuple(sorted(purpose.key for purpose in purposes)),
        level=level,
        version="3",
        at=at,
    )


@pytest.mark.clause("USE-4", "MINOR-1")
@given(
    world=worlds(),
    purposes=st.lists(st.sampled_from(PURPOSES), max_size=3, unique=True),
    level=st.sampled_from(Level),
    at=st.sampled_from((*INSTANTS, max(INSTANTS) + DAY)),
    by_guardian=st.booleans(),
)
def test_what_may_be_recorded_is_what_would_count(
    world: World, purposes: list[type[Purpose]], level: Level, at: dt.datetime, *, by_guardian: bool
) -> None:
    """A consent is let through exactly when it would count: so says the oracle, and so does the standing after it."""
    before = standing_of(world.history, subject=SUBJECT, born=world.born)
    problem = consent_problem(world.policy, before, tuple(purposes), level=level, by_guardian=by_guardian, at=at)
    event = _grant(*purposes, at=at, level=level, by_guardian=by_guardian)
    facts = Facts(world.policy, world.older, world.history, world.born, erased=False)
    assert (problem is None) == recordable(facts, event)
    if problem is not None:
        assert problem.purpose in {*(purpose.key for purpose in purposes), "nothing"}
        assert problem.problem
        return
    ending_now = any(each.kind.ends and each.at >= at for each in world.history)
    after = standing_of([*world.history, event], subject=SUBJECT, born=world.born)
    for purpose in purposes:
        assert ending_now or live(world.policy, after, purpose, at)
        for required in world.policy.required(purpose):
            assert ending_now or live(world.policy, after, required, at)


@given(world=worlds(), at=st.sampled_from(INSTANTS))
def test_live_is_what_a_purpose_that_builds_on_it_sees(world: World, at: dt.datetime) -> None:
    """`live` tells of any consent in force, whatever items it covers."""
    standing = standing_of(world.history, subject=SUBJECT, born=world.born)
    facts = Facts(world.policy, world.older, world.history, world.born, erased=False)
    for purpose in PURPOSES:
        assert live(world.policy, standing, purpose, at) == in_force(facts, purpose, at)


# ── The words ─────────────────────────────────────────────────────────────────────────────────────────────

POLICY = Policy(
    version="3",
    controller="Example Shop",
    purposes=[
        basic(Account),
        additional(Marketing),
        additional(FaceLogin, requires=[Account]),
        additional(Portrait, requires=[FaceLogin]),
    ],
    minors=Minors(guardian_until_majority=frozenset({"account"})),
)
NOBODY = Standing(subject=SUBJECT, born=ADULT)
CHILD = Standing(subject=SUBJECT, born=dt.date(2015, 1, 1))
MINOR = Standing(subject=SUBJECT, born=dt.date(2005, 3, 1))
UNKNOWN = Standing(subject=SUBJECT)


def _problem(
    *purposes: type[Purpose],
    standing: Standing = NOBODY,
    level: Level = Level.EXPRESS,
    by_guardian: bool = False,
    at: dt.datetime = MIDNIGHT,
    policy: Policy = POLICY,
) -> tuple[str, str] | None:
    found = consent_problem(policy, standing, purposes, level=level, by_guardian=by_guardian, at=at)
    return None if found is None else (found.purpose, found.problem)


def test_a_consent_to_nothing_is_no_consent() -> None:
    """It names at least one purpose."""
    assert _problem() == ("nothing", "it names no purpose")


def test_a_separate_consent_names_one_purpose() -> None:
    """Two at once are refused, naming the second; two expressly are not."""
    words = "a separate consent covers exactly one purpose; grant them one by one"
    assert _problem(Account, Marketing, level=Level.SEPARATE) == ("marketing", words)
    assert _problem(Account, level=Level.SEPARATE) is None
    assert _problem(Account, Marketing) is None


@pytest.mark.clause("DEF-2")
def test_only_declared_purposes_are_consented_to() -> None:
    """A purpose that the policy lacks cannot be consented to; one below a declared purpose can."""
    assert _problem(Marketing, Unspoken) == ("unspoken", "the policy does not declare it")
    assert _problem(EmailDigest) is None


@pytest.mark.clause("USE-4")
def test_what_a_purpose_builds_on_is_consented_to_first_or_with_it() -> None:
    """Directly and further down; together is early enough, a wider purpose serves for what is below it."""
    found = consent_problem(POLICY, NOBODY, (FaceLogin,), level=Level.EXPRESS, by_guardian=False, at=MIDNIGHT)
    assert type(found) is errors.RequiredConsentMissing
    assert _problem(FaceLogin) == ("face-login", "it builds on account, which has no live consent")
    assert _problem(FaceLogin, Account) is None
    assert _problem(Portrait, FaceLogin) == ("portrait", "it builds on account, which has no live consent")
    consented = standing_of([_grant(Account)], subject=SUBJECT, born=ADULT)
    assert _problem(FaceLogin, standing=consented) is None
    assert _problem(Portrait, standing=consented) == ("portrait", "it builds on face-login, which has no live consent")
    on_mail = Policy(
        version="3", controller="X", purposes=[additional(EmailDigest), basic(Account, requires=()), *_on(EmailDigest)]
    )
    assert _problem(FaceLogin, Marketing, policy=on_mail) == ("marketing", "the policy does not declare it")
    both = Policy(
        version="3", controller="X", purposes=[additional(Marketing), additional(EmailDigest), *_on(EmailDigest)]
    )
    assert _problem(FaceLogin, Marketing, policy=both) is None


def _on(purpose: type[Purpose]) -> list[PurposeRule]:
    return [additional(FaceLogin, requires=[purpose])]


@pytest.mark.clause("MINOR-1")
def test_whose_consent_it_has_to_be() -> None:
    """A child's guardian, a minor's for what is guarded, and nobody else for who is of age."""
    found = consent_problem(POLICY, CHILD, (Marketing,), level=Level.EXPRESS, by_guardian=False, at=MIDNIGHT)
    assert type(found) is errors.GuardianRequired
    assert _problem(Marketing, standing=CHILD) == ("marketing", "a guardian has to give it (child)")
    assert _problem(Marketing, standing=CHILD, by_guardian=True) is None
    before = MIDNIGHT - TICK
    assert _problem(Account, standing=MINOR, at=before) == ("account", "a guardian has to give it (minor)")
    assert _problem(Marketing, standing=MINOR, at=before) is None
    assert _problem(Account, standing=MINOR, at=before, by_guardian=True) is None
    assert _problem(Account, standing=MINOR) is None
    of_age = ("account", "the subject is of age and consents alone")
    assert _problem(Account, standing=MINOR, by_guardian=True) == of_age
    assert _problem(Account, by_guardian=True) == of_age


@pytest.mark.clause("MINOR-1")
def test_whose_consent_it_has_to_be_when_the_age_is_not_known() -> None:
    """As for a child or as for an adult, as the policy says; a guardian's word that would never count is not taken."""
    assert _problem(Account, standing=UNKNOWN) == ("account", "a guardian has to give it (birth date unknown)")
    assert _problem(Account, standing=UNKNOWN, by_guardian=True) is None
    adult = Policy(version="3", controller="X", purposes=[basic(Account)], minors=Minors(unknown="adult"))
    assert _problem(Account, standing=UNKNOWN, policy=adult) is None
    assert _problem(Account, standing=UNKNOWN, by_guardian=True, policy=adult) == (
        "account",
        "the subject is of age and consents alone",
    )


@pytest.mark.clause("MINOR-1")
@pytest.mark.parametrize(
    ("born", "at", "words"),
    [
        (ADULT, MIDNIGHT, ""),
        (dt.date(2008, 3, 1), MIDNIGHT - TICK, "child"),
        (dt.date(2008, 3, 1), MIDNIGHT, "minor"),
        (dt.date(2005, 3, 1), MIDNIGHT - TICK, "minor"),
        (dt.date(2005, 3, 1), MIDNIGHT, ""),
        (None, MIDNIGHT, "birth date unknown"),
    ],
)
def test_why_a_guardian_is_needed(born: dt.date | None, at: dt.datetime, words: str) -> None:
    """In a word, on either side of each birthday."""
    assert guardian_needed(POLICY.minors, born, Account, at) == words
    assert guardian_needed(POLICY.minors, born, Marketing, at) == ("" if words == "minor" else words)
