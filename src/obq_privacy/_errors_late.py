"""The errors of what most programs load late or never: releases, cases, receipts, messages, envelopes, incidents.

They belong to `obq_privacy.errors`, which gives them when one of them is first asked for.
"""

from __future__ import annotations

from obq_privacy import errors
from obq_privacy.errors import PrivacyError

# ── Releases and pseudonyms ───────────────────────────────────────────────────────────────────────────────


class ReleaseInvalid(PrivacyError):
    """What was to be released cannot name groups of people."""

    code = "OBQ640"
    clause = "USE-23"
    problem: str
    says = "it cannot be released: {problem}"
    remedy = "name groups by values of one person each, made less exact by a technique"


class ReleaseRefused(PrivacyError):
    """Statistics were not released, because they would tell of too few people."""

    code = "OBQ641"
    clause = "USE-23"
    purpose: str
    smallest: int
    says = "a release for {purpose} would tell of fewer than {smallest} people"
    remedy = "make wider groups"


class GroupTooSmall(ReleaseRefused):
    """A group has fewer people than the smallest that the policy allows; which one is not told."""

    code = "OBQ642"
    says = "a group of a release for {purpose} has fewer than {smallest} people"
    remedy = "make wider groups, or suppress small ones"


class DifferenceTooSmall(ReleaseRefused):
    """What is left when groups of this release and of earlier ones are compared has too few people."""

    code = "OBQ643"
    says = "groups for {purpose}, compared with each other or earlier ones, would tell of fewer than {smallest} people"
    remedy = "release the same groups of the same people as before, or wait until more people differ"


# ── The docket, and what subjects ask for ─────────────────────────────────────────────────────────────────


class CaseUnknown(PrivacyError, LookupError):
    """The docket has no such case."""

    code = "OBQ520"
    case: str
    says = "the docket has no case {case}"
    remedy = "take the name from the list of cases"


class KeyReused(PrivacyError):
    """An idempotency key was used again, for something else."""

    code = "OBQ521"
    case: str
    step: str
    says = "the key of {step} stands for something else in {case}"
    remedy = "use a new key for what is new"


class TransitionInvalid(PrivacyError):
    """A request cannot take this step from where it stands; another process may have been first."""

    code = "OBQ600"
    clause = "RIGHT-6"
    case: str
    state: str
    step: str
    says = "{case} is {state}, from where there is no step {step}"
    remedy = "look at it again"


class RefusalInvalid(PrivacyError):
    """A request was to be refused on a ground that does not hold."""

    code = "OBQ601"
    clause = "RIGHT-6"
    case: str
    ground: str
    problem: str
    says = "{case} cannot be refused for {ground}: {problem}"
    remedy = "answer it, or refuse it on a ground that holds"


class ContactMissing(PrivacyError):
    """The policy names nobody whom subjects can turn to, and no answer goes out without it."""

    code = "OBQ602"
    clause = "CONT-1"
    version: str
    says = "version {version} of the policy names no contact"
    remedy = "give the policy contact=Contact(department, address, court)"


class FeeInvalid(PrivacyError):
    """A fee was to be stated for a request that is free."""

    code = "OBQ603"
    clause = "RIGHT-6"
    case: str
    problem: str
    says = "{case} is free: {problem}"
    remedy = "answer it without a fee"


class IdentityUnverified(PrivacyError):
    """Something was to be done for a request before it was verified who asks."""

    code = "OBQ604"
    clause = "RIGHT-6"
    case: str
    says = "nobody has verified who asks in {case}"
    remedy = "verify the identity and begin the request first"


class MachineDecisionRefused(PrivacyError):
    """The subject refuses decisions that are made by machine alone for this purpose."""

    code = "OBQ610"
    clause = "RIGHT-5"
    subject: str
    purpose: str
    logic: str
    says = "{logic} may not decide alone about {subject} for {purpose}"
    remedy = "let a person decide"


class MachineDecisionInvalid(PrivacyError):
    """A decision by machine was recorded, refused or asked for in a way that cannot be."""

    code = "OBQ611"
    clause = "RIGHT-5"
    logic: str
    problem: str
    says = "{logic}: {problem}"
    remedy = "see the documentation of Automated"


class AppealInvalid(PrivacyError):
    """An appeal was lodged or resolved in a way that cannot be."""

    code = "OBQ612"
    clause = "RIGHT-5"
    case: str
    problem: str
    says = "the appeal in {case} fails: {problem}"
    remedy = "an appeal is lodged once and resolved by a person"


class HolderFailed(PrivacyError):
    """A holder of values failed or is not registered; what it said is withheld, because it may quote a value."""

    code = "OBQ620"
    holder: str
    raised: str
    says = "the holder {holder} raised {raised}"
    remedy = "repair or register it, then do the same again: what was done stays done"


class CorrectionInvalid(PrivacyError):
    """A value was to be corrected that is not there, or changed at the same moment."""

    code = "OBQ621"
    clause = "RIGHT-2"
    record: str
    field: str
    problem: str
    says = "{field} of {record} cannot be corrected: {problem}"
    remedy = "load the record again"


class DeletionInvalid(PrivacyError):
    """A deletion was ordered, answered for or taken up in a way that cannot be."""

    code = "OBQ622"
    clause = "RIGHT-3"
    case: str
    problem: str
    says = "the deletion {case} fails: {problem}"
    remedy = "see what it names"


class CessationInvalid(PrivacyError):
    """Data was to be erased at the end of operations before its subjects were told."""

    code = "OBQ623"
    clause = "USE-24"
    case: str
    problem: str
    says = "operations cannot be wound up in {case}: {problem}"
    remedy = "tell every subject, or record the announcement"


# ── Receipts and messages (rights) ────────────────────────────────────────────────────────────────────────


class ReceiptInvalid(PrivacyError):
    """No receipt can be made: the event makes no consent, or the policy lacks what a receipt has to say."""

    code = "OBQ650"
    consent: str
    problem: str
    says = "no receipt can be made of the consent {consent}: {problem}"
    remedy = "give the event that made the consent, and the version of the policy that it was made under"


class ReceiptMalformed(PrivacyError):
    """A text is not a signed receipt as `sign_receipt` spells it."""

    code = "OBQ651"
    problem: str
    says = "this is not a signed receipt: {problem}"
    remedy = "compare with the receipt that was handed out"


class ReceiptKeyMismatch(PrivacyError):
    """A receipt was signed with another key than the one that it is verified with."""

    code = "OBQ652"
    key: str
    says = "the receipt is not signed with the key {key}"
    remedy = "verify it with the public key that the controller publishes for its receipts"


class ReceiptForged(PrivacyError):
    """The signature of a receipt is not that of its text: one of them was changed."""

    code = "OBQ653"
    key: str
    says = "the receipt or its signature was changed after it was signed with the key {key}"
    remedy = "do not rely on it; ask for the receipt that was handed out"


class ReceiptKeyInvalid(PrivacyError):
    """Bytes are no key for receipts."""

    code = "OBQ654"
    problem: str
    says = "this is no key for receipts: {problem}"
    remedy = "give the 32 bytes of an Ed25519 key"


class MessageInvalid(PrivacyError):
    """A message is not of the form that its protocol describes."""

    code = "OBQ655"
    clause = "RIGHT-6"
    protocol: str
    place: str
    problem: str
    says = "the {protocol} message does not fit at {place}: {problem}"
    remedy = "answer with an error of the protocol; nothing was registered"


class MessageUnmapped(PrivacyError):
    """What a message asks for, or what it should say, has no counterpart on the other side."""

    code = "OBQ656"
    clause = "RIGHT-6"
    protocol: str
    what: str
    says = "{protocol} has no counterpart for {what}"
    remedy = "tell the other side in another way"


class MessageForged(PrivacyError):
    """The signature of a message is not that of the agent in whose name it comes."""

    code = "OBQ657"
    clause = "RIGHT-6"
    protocol: str
    says = "the signature of the {protocol} message is not valid"
    remedy = "refuse it with 403; the agent and its key are matched outside the protocol"


class MessageStale(PrivacyError):
    """A message is not for this business or this agent, or not valid at this time."""

    code = "OBQ658"
    clause = "RIGHT-6"
    protocol: str
    place: str
    problem: str
    says = "the {protocol} message does not count here, by {place}: {problem}"
    remedy = "refuse it; the agent sends a new one"


# ── Envelopes ─────────────────────────────────────────────────────────────────────────────────────────────


class EnvelopeError(PrivacyError):
    """An envelope cannot be made or does not open."""

    code = "OBQ420"
    clause = "SHARE-5"
    says = "the envelope does not open"
    remedy = "see which of its subclasses it is"


class EnvelopeBroken(EnvelopeError):
    """The envelope is damaged, or its label was changed: which of the two is not told."""

    code = "OBQ421"
    says = "the envelope is damaged or was tampered with"
    remedy = "ask the sender for it again"


class EnvelopeNotForYou(EnvelopeError):
    """The envelope is sealed to another key."""

    code = "OBQ422"
    says = "the envelope is sealed to the key {sealed_to}, not to {key}"
    remedy = "open it with that key, or give the sender your present public key"
    sealed_to: str
    key: str


class EnvelopeUnknownSuite(EnvelopeError):
    """The envelope or the key is of a form that this version of the library does not know."""

    code = "OBQ423"
    says = "form {form} with suite {suite} is unknown here"
    remedy = "use a version of the library that knows it, or agree on a suite that both sides have"
    form: int
    suite: int


class EnvelopeUnavailable(EnvelopeError):
    """What seals envelopes is missing here: the `cryptography` package is too old, or built without it."""

    code = "OBQ424"
    says = "envelopes with {suite} need more than the installed cryptography package has"
    remedy = "install cryptography 48 or later; everything but envelopes works without it"
    suite: str


class EnvelopeKeyInvalid(EnvelopeError):
    """These bytes are no key for envelopes. They are nowhere in the error."""

    code = "OBQ425"
    says = "the {half} key for envelopes is not valid: {problem}"
    remedy = "take the bytes that EnvelopeKey gave, whole and unchanged"
    half: str
    problem: str


class RecipientKeyMissing(EnvelopeError):
    """The recipient has no key that an envelope could be sealed to."""

    code = "OBQ426"
    says = "the recipient {recipient} has no public key"
    remedy = "ask it for one, and declare it as public_key="
    recipient: str


class EnvelopeReplayed(EnvelopeError):
    """The envelope was opened before, for somebody else."""

    code = "OBQ427"
    says = "the envelope {envelope} was opened before for other people"
    remedy = "open it again for the same people only; ask the sender for one of its own about others"
    envelope: str


class EnvelopeMismatch(EnvelopeError):
    """The envelope does not hold what it was opened as."""

    code = "OBQ428"
    says = "the envelope {envelope} does not fit: {problem}"
    remedy = "open it as what the sender has agreed to send"
    envelope: str
    problem: str


class EnvelopeOverdue(EnvelopeError):
    """What is inside may not be used any more: the time has ended for which its sender could share it."""

    code = "OBQ429"
    says = "the time of {fields} in the envelope {envelope} has ended at its sender"
    remedy = "delete the envelope"
    envelope: str
    fields: tuple[str, ...]


# ── Versions of the policy ────────────────────────────────────────────────────────────────────────────────


class VersionUnknown(PrivacyError, LookupError):
    """The store has no such version of the policy."""

    code = "OBQ670"
    clause = "CHANGE-3"
    version: str
    says = "version {version} of the policy was never in force here"
    remedy = "name one of those that the store keeps"


# ── Retention and incidents (rights) ──────────────────────────────────────────────────────────────────────


class SweepIncomplete(PrivacyError):
    """A sweep came to its end, but holders did not do their part; everything else was done."""

    code = "OBQ630"
    clause = "PROT-3"
    case: str
    failed: int
    holders: tuple[str, ...]
    says = "the sweep {case} left {failed} places undone with {holders}"
    remedy = "repair or register them, and sweep again: what was done stays done"


class IncidentIncomplete(PrivacyError):
    """A notice or report of an incident was asked for while parts of it are missing."""

    code = "OBQ660"
    clause = "PROT-6"
    case: str
    parts: tuple[str, ...]
    says = "the incident {case} cannot be told, because these parts are missing: {parts}"
    remedy = "describe the incident with every part, and give the policy contact=Contact(...)"


class IncidentInvalid(PrivacyError):
    """An incident cannot take this step from where it stands; another process may have been first."""

    code = "OBQ661"
    clause = "PROT-6"
    case: str
    state: str
    step: str
    says = "{case} is {state}, from where there is no step {step}"
    remedy = "see where it stands; it is recorded, assessed, told to subjects and authority, and then closed"


class ScopeInvalid(PrivacyError):
    """The scope of an incident names what is not there, or nothing at all."""

    code = "OBQ662"
    clause = "PROT-6"
    problem: str
    says = "the scope of the incident cannot be: {problem}"
    remedy = "name keys, items, recipients, actors, purposes or a span of time that the record can know"


def _publish() -> None:
    """Make the errors report their public module, and put them there."""
    mine = {name: kind for name, kind in globals().items() if isinstance(kind, type) and kind.__module__ == __name__}
    for name, kind in mine.items():
        kind.__module__ = errors.__name__
        setattr(errors, name, kind)


_publish()
