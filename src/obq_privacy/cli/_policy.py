"""`policy show|check|diff|explain`: what a policy says, whether it holds, what changed, and what it allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from obq_privacy.cli import _policy_diff, _policy_explain, _policy_show
from obq_privacy.cli._databases import KEYS_HELP, SUBJECT_HELP, opened
from obq_privacy.cli._report import counted, form_of, listed, say, say_json
from obq_privacy.cli._shape import DONE, EXITS, FOUND, with_json, with_progress
from obq_privacy.cli._sources import HELP, policy_named
from obq_privacy.errors import DeclarationInvalid, PolicyConflict, PolicyDocumentInvalid, PolicyInvalid, PrivacyError

if TYPE_CHECKING:
    import argparse

    from obq_privacy.cli._report import Json
    from obq_privacy.cli._shape import Commands
    from obq_privacy.policy import Policy


def add(commands: Commands) -> None:
    """Register the four commands."""
    parser = commands.add_parser("policy", help="show, check, compare and explain policies", epilog=EXITS)
    actions = parser.add_subparsers(dest="action", required=True)

    show = actions.add_parser("show", help="print what a policy declares", epilog=EXITS)
    show.add_argument("policy", metavar="POLICY", help=HELP)
    show.set_defaults(run=_policy_show.run)

    check = actions.add_parser("check", help="list every finding of a policy that does not build", epilog=EXITS)
    check.add_argument("policy", metavar="POLICY", help=HELP)
    check.add_argument("--database", metavar="DATABASE", help="find out, too, whether its version is stored otherwise")
    check.set_defaults(run=_check)

    diff = actions.add_parser("diff", help="print what changed, and who is told and asked again", epilog=EXITS)
    diff.add_argument("old", metavar="OLD", help=HELP)
    diff.add_argument("new", metavar="NEW", help=HELP)
    diff.add_argument("--high-risk", metavar="REFERENCE", action="append", default=[], help="of an impact assessment")
    diff.add_argument("--database", metavar="DATABASE", help="count the subjects whom it concerns")
    diff.add_argument("--keys", metavar="KEYS", default="", help=KEYS_HELP)
    with_progress(diff)
    diff.set_defaults(run=_policy_diff.run)

    explain = actions.add_parser("explain", help="say what is allowed, and what would make it so", epilog=EXITS)
    explain.add_argument("policy", metavar="POLICY", help=HELP)
    explain.add_argument("purpose", metavar="PURPOSE", help="key of a purpose")
    explain.add_argument("item", metavar="ITEM", help="key of an item")
    explain.add_argument("--operation", metavar="OPERATION", default="", help=_policy_explain.OPERATIONS_HELP)
    explain.add_argument("--to", metavar="RECIPIENT", default="", help="key of who would get it")
    explain.add_argument("--database", metavar="DATABASE", help="where the subject is; needs --subject and the keys")
    explain.add_argument("--subject", metavar="SUBJECT", help=SUBJECT_HELP)
    explain.add_argument("--keys", metavar="KEYS", default="", help=KEYS_HELP)
    explain.set_defaults(run=_policy_explain.run)

    for action in (show, check, diff, explain):
        with_json(action)


def _check(options: argparse.Namespace) -> int:
    """Build the policy, and list what is wrong with it."""
    policy, found = _findings(options.policy)
    if policy is not None and options.database:
        with opened(options.database) as store:
            known = store.policies().get(policy.version)
        if known is not None and known != policy.dumps():
            found.append(PolicyConflict(version=policy.version))
    if options.json:
        say_json(_form(options.policy, policy, found))
    elif found:
        say(f"{options.policy} has {counted(len(found), 'finding')}:")
        say(*(_line(one) for one in found))
    elif policy is not None:
        parts = (
            counted(len(policy.purposes), "purpose"),
            counted(len(policy.items), "item"),
            counted(len(policy.recipients), "recipient"),
        )
        say(f"{options.policy} holds: version {policy.version} with {listed(parts)}")
    return FOUND if found else DONE


def _findings(name: str) -> tuple[Policy | None, list[PrivacyError]]:
    try:
        return policy_named(name), []
    except PolicyInvalid as error:
        return None, _flat(error)
    except (DeclarationInvalid, PolicyDocumentInvalid) as error:
        return None, [error]


def _flat(group: ExceptionGroup[DeclarationInvalid]) -> list[PrivacyError]:
    found: list[PrivacyError] = []
    for one in group.exceptions:
        found += _flat(one) if isinstance(one, ExceptionGroup) else [one]
    return found


def _line(error: PrivacyError) -> str:
    return f"  {error}"


def _form(name: str, policy: Policy | None, found: list[PrivacyError]) -> dict[str, Json]:
    return {
        "format": "obq-privacy/cli/policy-check/1",
        "policy": name,
        "version": None if policy is None else policy.version,
        "holds": not found,
        "findings": [_finding(one) for one in found],
    }


def _finding(error: PrivacyError) -> dict[str, Json]:
    said = form_of(error)
    facts = error.facts
    return {
        "code": error.code,
        "declaration": str(facts.get("declaration", facts.get("place", "version"))),
        "problem": str(facts.get("problem", said["says"])),
        "clause": error.clause,
        "remedy": cast("str", said["remedy"]),
    }


__all__ = ["add"]
