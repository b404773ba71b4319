"""The second act of the example shop, run as people run it: to its end, twice, and killed in between."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from second_act_world import ROWS, VALUES, begun, check_second_act, pace_of, refusals, second
from shop_world import load_shop, run, traces

from obq_privacy import EnvelopeKey
from obq_privacy.crypto import EnvelopeSuite
from obq_privacy.errors import EnvelopeUnavailable

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 30 if os.environ.get("OBQ_PROFILE") == "long" else 4


@pytest.fixture(scope="module")
def shop() -> Any:
    return load_shop()


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Give the folder of two whole runs, and what each said."""
    folder = tmp_path_factory.mktemp("twice") / "shop"
    folder.mkdir()
    return folder, run(folder), run(folder)


@pytest.fixture(scope="module")
def pace(tmp_path_factory: pytest.TempPathFactory) -> float:
    folder = tmp_path_factory.mktemp("pace") / "shop"
    folder.mkdir()
    return pace_of(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "shop"
    path.mkdir()
    return path


def test_each_step_says_what_it_shows_and_which_clause_it_keeps(twice: tuple[Path, str, str]) -> None:
    """Ten steps, each with its refusals, in the order of the story."""
    titles = re.findall(r"^\S.*:$", second(twice[1]), re.MULTILINE)
    clauses = [title.rpartition("(")[2].rstrip("):") for title in titles]
    assert clauses == [
        *("SHARE-1, SHARE-5, USE-13", "USE-22, SHARE-8", "MINOR-1", "SHARE-5, USE-23", "CHANGE-1, CHANGE-2"),
        *("RIGHT-1, RIGHT-6", "PROT-6", "USE-6, PROT-3", "RIGHT-4, CHANGE-3", "PROT-3"),
    ]
    assert [kind for kind in refusals(twice[1]) if kind != "PurposeNotAllowed"] == [
        *("ChoiceMissing", "AgreementMissing", "BasisNotCovering", "GuardianNeeded", "IdentifyingRefused"),
        *("IdentityUnverified", "IncidentIncomplete", "AccountClosed", "ActorNotAuthorised", "GrantInvalid"),
        "ReceiptForged",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "  example-bank has Ada's card, other-bank has Ben's; swift-parcels has names, addresses and phones",
        "  the card is looked at under an exemption: True",
        "  his mother consents, and his parcel is handed out: True",
        "      7 people who agreed to offers paid an amount in (-∞, 400)",
        "      8 people who agreed to offers paid an amount in [400, ∞)",
        "  purpose marketing, optional (service-model); it takes a right away, so it waits until the shopper agrees",
        "  62 people are to be told",
        "  16 are asked again for marketing",
        "  the export has 7 values, 4 consents, and who got what:",
        "  6 values deleted",
        "  order-amount and order-goods stay until ",
        "  other-bank is told to delete bank-card, order-amount",
        "  swift-parcels has confirmed; 1 has not yet",
        "  an accountant reads the amount for the books: True",
        "  verified with the public key: True",
        "  63 people looked at, 2 values erased",
    ],
)
def test_the_account_has_its_key_lines(twice: tuple[Path, str, str], line: str) -> None:
    """What is done is said in plain words, with counts and keys."""
    assert f"\n{line}" in second(twice[1])


@pytest.mark.clause("SHARE-5")
def test_the_carrier_opens_what_it_gets_for_delivery_alone(twice: tuple[Path, str, str]) -> None:
    """Its key opens the envelope of each order; learning from it is refused, whatever its own policy says."""
    try:
        EnvelopeKey.new(suite=EnvelopeSuite.X25519)
    except EnvelopeUnavailable:
        pytest.skip("the installed cryptography has no envelopes")
    for number in ("S-0001", "S-0002"):
        line = f"  swift-parcels opens the envelope of {number} with its key, for delivery: True\n"
        assert (
            second(twice[1]).partition(line)[2].startswith("  PurposeNotAllowed: addressee may not be used for insight")
        )


def test_the_answer_names_the_way_to_complain(twice: tuple[Path, str, str]) -> None:
    """Both runs tell it: the second one that it was fulfilled already."""
    for said in twice[1:]:
        assert "\n  | It was fulfilled on " in said
        assert "complain to Privacy desk of Example Shop (privacy@shop.example)" in said


def test_the_report_has_every_part(twice: tuple[Path, str, str]) -> None:
    """Two people are concerned, and none of the parts that are due is left out."""
    told = " ".join(second(twice[1]).partition("the report has: ")[2].partition("everybody was told")[0].split())
    for part in ("People concerned: 2", "What happened", "Why it happened", "Possible impact", "Measures", "Remedies"):
        assert part in told
    assert "advised to do" in told
    assert "Whom to turn to" in told


@pytest.mark.clause("PROT-1")
def test_no_value_is_told_or_left(twice: tuple[Path, str, str]) -> None:
    """Nothing that the second act says of people is in what it prints, or in any byte of its files."""
    folder, *said = twice
    assert [value for value in VALUES for text in said if value in text] == []
    assert traces(folder, VALUES) == {}


def test_a_second_run_does_nothing_twice(shop: Any, twice: tuple[Path, str, str]) -> None:
    """It shows what stands, and refuses the same; nothing is shared, consented to, exported or deleted again."""
    assert set(refusals(twice[1])) - set(refusals(twice[2])) - {"PurposeNotAllowed"} == {
        *("GuardianNeeded", "IdentityUnverified", "IncidentIncomplete"),
    }
    assert "the envelope" not in twice[2]
    assert "an earlier run has shown it" in twice[2]
    assert "  63 people looked at, 0 values erased" in twice[2]
    check_second_act(shop, twice[0])


@pytest.mark.clause("PROT-2", "RIGHT-3")
@pytest.mark.parametrize("seed", range(KILLS))
def test_a_killed_act_is_finished_by_the_next_run(shop: Any, folder: Path, pace: float, seed: int) -> None:
    """Killed at some instants and run again, everything is done, and nothing is doubled that a kill does not repeat."""
    instants = random.Random(f"second act {seed}")  # noqa: S311  when to kill is no secret
    kills = 0
    for _ in range(2):
        with begun(folder) as process:
            time.sleep(instants.uniform(0, pace))
            process.kill()
            kills += process.wait() == -signal.SIGKILL
        assert traces(folder, VALUES) == {}
    said = run(folder, ROWS)
    assert "The audit chain is whole" in said
    check_second_act(shop, folder, kills=kills)
