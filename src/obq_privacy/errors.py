"""Every error of the library: identifiers only, so that no error can hold a value.

An error says what happened and, after a semicolon, what to do. Its facts are typed attributes (keys of items and
purposes, pseudonyms, counts, paths), never a value that somebody provided. `code` is stable and documented; `clause`
names the rule of the policy that the error keeps, where one does. Errors pickle and compare by their facts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from obq_privacy._errors_late import *  # noqa: F403  whatever is there belongs here
else:

    def __getattr__(name: str) -> object:
        if not name.startswith("_"):
            import_module("obq_privacy._errors_late")  # it puts its names here
        try:
            return globals()[name]
        except KeyError:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None

    def __dir__() -> list[str]:
        import_module("obq_privacy._errors_late")
        return sorted(globals())


Fact = str | int | tuple[str, ...]

HELP = "docs/errors.md"
"""The page that explains every code, under a heading that is the code."""


@dataclass_transform(kw_only_default=True)
class PrivacyError(Exception):
    """Base of all errors of the library.

    A subclass annotates its facts; the constructor takes exactly these, by keyword.
    """

    code: ClassVar[str] = "OBQ000"
    clause: ClassVar[str | None] = None
    says: ClassVar[str] = "something went wrong"
    remedy: ClassVar[str] = "see the documentation of the code"
    _names: ClassVar[Mapping[str, None]] = {}
    _defaults: ClassVar[Mapping[str, Fact]] = {}

    if not TYPE_CHECKING:  # the checkers synthesise it from the annotations

        def __init__(self, **facts: Fact) -> None:
            mine = self.__dict__
            mine.update(self._defaults)
            mine.update(facts)
            if mine.keys() != self._names.keys():
                odd = ", ".join(sorted(mine.keys() ^ self._names.keys()))
                raise TypeError(f"{type(self).__name__} takes {', '.join(sorted(self._names))}; see {odd}")

    def __init_subclass__(cls) -> None:
        names = [name for name, kind in cls.__annotations__.items() if not str(kind).startswith("ClassVar")]
        if not names:
            return
        cls._names = dict.fromkeys([*cls._names, *names])
        cls._defaults = {**cls._defaults, **{name: cls.__dict__[name] for name in names if name in cls.__dict__}}

    @property
    def help(self) -> str:
        """Where its code is explained."""
        return f"{HELP}#{self.code.lower()}"

    @property
    def facts(self) -> dict[str, Fact]:
        """The typed attributes by name, ready for a structured log."""
        return {name: getattr(self, name) for name in self._names}

    def _shown(self) -> dict[str, str | int]:
        """Give the facts as the sentences name them."""
        return {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in self.facts.items()}

    def __str__(self) -> str:
        shown = self._shown()
        tail = f" [{self.code}, {self.clause}]" if self.clause else f" [{self.code}]"
        return f"{self.says.format(**shown)}; {self.remedy.format(**shown)}{tail}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.facts.items())})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.facts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrivacyError) and type(other) is type(self) and other.facts == self.facts

    __hash__ = Exception.__hash__


def _rebuild(kind: type[PrivacyError], facts: dict[str, Fact]) -> PrivacyError:
    return kind(**facts)


# ── A use that is not permitted ───────────────────────────────────────────────────────────────────────────


class Denied(PrivacyError):
    """A decision was `Deny`; the subclass is named by its first reason, `codes` has all of them.

    Attributes:
        operation: what was asked: "collect", "use", "share", …
        items: keys of the items that were asked for.
        purpose: key of the purpose, or "" when collection was asked for any of the item's purposes.
        subject: pseudonym of the data subject.
        codes: stable codes of every reason, first the one that names this class.
        clauses: the clauses that the refusal keeps, in the order of `codes`.
        detail: the identifier that a reason is about (a required purpose, a level, a policy version), or "".
        alternative: what the purpose offers without personal data, or "" (USE-7).
    """

    code = "OBQ100"
    operation: str
    items: tuple[str, ...]
    purpose: str
    subject: str
    codes: tuple[str, ...]
    clauses: tuple[str, ...]
    detail: str = ""
    alternative: str = ""
    says = "{operation} of {items} for {purpose} is refused"
    remedy = "ask guard.explain for what would allow it"

    def _shown(self) -> dict[str, str | int]:
        return {**super()._shown(), "purpose": self.purpose or "any of its purposes"}


class SubjectErased(Denied):
    """The data subject was erased: the key is destroyed and is never made again."""

    code = "OBQ101"
    clause = "DEF-4"
    says = "{operation} of {items} is refused, because the subject {subject} was erased"
    remedy = "register a returning person under a new subject id"


class PolicyGap(Denied):
    """The policy does not speak of this purpose or item at all: refused, and a gap to close rather than a rule."""

    code = "OBQ102"
    clause = "DEF-2"
    says = "the policy does not speak of {items} for {purpose} ({detail})"
    remedy = "declare it in a new version of the policy"


class PurposeNotAllowed(Denied):
    """The item, or the label of the value, does not allow this purpose."""

    code = "OBQ103"
    clause = "USE-2"
    says = "{items} may not be used for {purpose}"
    remedy = "use it for a purpose that its item names, or collect it anew under a policy that allows this one"


class ItemNotNeeded(Denied):
    """The item is neither necessary nor optional for the purpose (minimisation)."""

    code = "OBQ104"
    clause = "USE-1"
    says = "{items} is neither necessary nor optional for {purpose}"
    remedy = "leave it out, or name it in the purpose's declaration"


class RetentionEnded(Denied):
    """The period for which the value may be kept has ended."""

    code = "OBQ105"
    clause = "PROT-3"
    says = "the retention period of {items} has ended"
    remedy = "erase the value"


class GuardianNeeded(Denied):
    """Only a guardian can consent for this subject."""

    code = "OBQ106"
    clause = "MINOR-1"
    says = "{operation} of {items} for {purpose} needs the consent of a guardian ({detail})"
    remedy = "register the guardian and grant with by=guardian; if the birth date is missing, give it"


class RequiredPurposeMissing(Denied):
    """The purpose builds on another one, which has no live consent."""

    code = "OBQ107"
    clause = "USE-4"
    says = "{purpose} builds on {detail}, which has no live consent"
    remedy = "ask for consent to {detail} first"


class ConsentWithdrawn(Denied):
    """The consent was withdrawn."""

    code = "OBQ108"
    clause = "RIGHT-4"
    says = "{operation} of {items} for {purpose} is refused, because the consent was withdrawn"
    remedy = "respect it; a new consent has to come from the subject"


class ConsentRefused(Denied):
    """The subject was asked and refused."""

    code = "OBQ109"
    clause = "USE-1"
    says = "{operation} of {items} for {purpose} is refused, because the subject refused it"
    remedy = "respect it, and do without this function"


class ConsentExpired(Denied):
    """The consent was given for a time that is over."""

    code = "OBQ110"
    clause = "USE-2"
    says = "{operation} of {items} for {purpose} is refused, because the consent has expired"
    remedy = "ask the subject to renew it"


class ConsentInvalidated(Denied):
    """The consent was declared invalid, for example because the wrong person gave it."""

    code = "OBQ111"
    clause = "USE-2"
    says = "{operation} of {items} for {purpose} is refused, because the consent was invalidated"
    remedy = "ask the subject anew"


class ConsentOutdated(Denied):
    """The consent was given under a version of the policy that did not say this."""

    code = "OBQ112"
    clause = "USE-2"
    says = "{operation} of {items} for {purpose} is refused, because the consent was given under version {detail}"
    remedy = "show the subject what has changed and ask again"


class ConsentTooWeak(Denied):
    """A consent exists, but the item needs a stronger one."""

    code = "OBQ113"
    clause = "USE-19"
    says = "{items} for {purpose} needs {detail} consent"
    remedy = "ask for it by name and at that level"


class ConsentMissing(Denied):
    """There is no consent."""

    code = "OBQ114"
    clause = "USE-2"
    says = "{operation} of {items} for {purpose} is refused, because there is no consent"
    remedy = "ask the subject and record it with subject.grant"


class RecipientUnknown(Denied):
    """The policy does not declare this recipient."""

    code = "OBQ115"
    clause = "SHARE-1"
    says = "{operation} of {items} to {detail} is refused, because the policy does not declare this recipient"
    remedy = "declare it in a new version of the policy, with its purposes and agreement"


class RecipientNotAllowed(Denied):
    """The recipient may not get this item, or not for this purpose."""

    code = "OBQ116"
    clause = "SHARE-5"
    says = "{detail} may not get {items} for {purpose}"
    remedy = "share what its declaration names, for what it names"


class AgreementMissing(Denied):
    """No agreement with the recipient, or undertaking of the source, is in force today."""

    code = "OBQ117"
    clause = "SHARE-5"
    says = "{operation} of {items} is refused, because no agreement with {detail} is in force"
    remedy = "sign or renew it, and declare it in a new version of the policy"


class CheckMissing(Denied):
    """The recipient's embedded software has no security check that counts today."""

    code = "OBQ118"
    clause = "COOK-3"
    says = "{operation} of {items} is refused, because no security check of {detail} is in force"
    remedy = "check it, and declare the check in a new version of the policy"


class ItemNotShared(Denied):
    """The purpose does not list the item among those that are shared for it."""

    code = "OBQ119"
    clause = "USE-13"
    says = "{items} is not among what is shared for {purpose}"
    remedy = "leave it out, or list it under the purpose's shared items"


class IdentifyingRefused(Denied):
    """Advertising and analytics partners get only what identifies nobody."""

    code = "OBQ120"
    clause = "SHARE-5"
    says = "{items} identifies people, and {detail} gets only what identifies nobody"
    remedy = "release group counts instead, or ask for a separate consent that names {detail}"


class BorderClosed(Denied):
    """The value would leave its region without a separate consent that names where it goes."""

    code = "OBQ121"
    clause = "CROSS-1"
    says = "{operation} of {items} would take it to {detail}, to which there is no separate consent"
    remedy = "ask for a separate consent with regions={detail!r}, or invoke a legal basis"


class ConsentNotCarried(Denied):
    """A successor did not accept the policy, so consents given before ended at that moment."""

    code = "OBQ122"
    clause = "SHARE-6"
    says = "{operation} of {items} for {purpose} is refused, because consents ended with the succession"
    remedy = "ask the subject anew"


class BasisNotCovering(Denied):
    """The invoked legal basis does not cover this."""

    code = "OBQ123"
    clause = "USE-22"
    says = "{detail} does not cover {operation} of {items}"
    remedy = "ask the subject, or invoke a basis that the policy grants for this"


class Restricted(Denied):
    """The value is kept because it must be, and isolated from every other processing."""

    code = "OBQ124"
    clause = "RIGHT-3"
    says = "{items} is restricted, and {purpose} is not what it is kept for"
    remedy = "leave it alone; only a statutory purpose reveals it"


class ObjectionStands(Denied):
    """The subject objected to this topic."""

    code = "OBQ125"
    clause = "USE-7"
    says = "the subject objects to {detail} in {purpose}"
    remedy = "leave the topic out, or use the alternative that the purpose declares"


class ChoiceMissing(Denied):
    """The recipient for this purpose is the subject's to choose, and the subject did not choose this one."""

    code = "OBQ126"
    clause = "USE-13"
    says = "{operation} of {items} to {detail} is refused, because the subject did not choose it"
    remedy = "record the choice with subject.choose"


class ActorNotAuthorised(Denied):
    """The policy says which roles act for this purpose, and none of them acts."""

    code = "OBQ127"
    clause = "PROT-1"
    says = "{operation} of {items} for {purpose} needs the role {detail}"
    remedy = "act in that role: with guard.acting(...)"


class ApprovalMissing(Denied):
    """Access to a minor's data needs an approval."""

    code = "OBQ128"
    clause = "PROT-1"
    says = "{operation} of {items} of a minor needs an approval"
    remedy = "get it, and name it: with guard.acting(..., approval=...)"


class SourceUnknown(Denied):
    """The value comes from somebody whom the policy does not declare as a source."""

    code = "OBQ129"
    clause = "USE-10"
    says = "{items} comes from {detail}, which the policy does not declare as a source"
    remedy = "declare the source with its undertaking"


class UndertakingMissing(Denied):
    """The third party has not confirmed in writing, for today, that its source is lawful."""

    code = "OBQ130"
    clause = "USE-10"
    says = "{items} comes from {detail}, whose undertaking is not in force"
    remedy = "get it in writing, and declare it in a new version of the policy"


class ConfirmationMissing(Denied):
    """A sensitive value from a third party needs the subject's confirmation."""

    code = "OBQ131"
    clause = "USE-10"
    says = "{items} from {detail} needs the subject's explicit confirmation"
    remedy = "ask, and record it with subject.confirm"


class AttestationMissing(Denied):
    """A value about somebody else needs the attestation that this person authorised it."""

    code = "OBQ132"
    clause = "USE-8"
    says = "{operation} of {items} for {purpose} is refused, because nobody attested that its subject authorised it"
    remedy = "record it with subject.attest(..., by=...)"


class UserActionMissing(Denied):
    """The purpose collects only while the subject acts."""

    code = "OBQ133"
    clause = "USE-20"
    says = "{operation} of {items} is refused, because the subject is not acting"
    remedy = "collect on the subject's own action, and say so: collecting(user_action=True)"


class OperationsCeased(Denied):
    """The controller has ceased operations and collects nothing more."""

    code = "OBQ134"
    clause = "USE-24"
    says = "{operation} of {items} is refused, because operations have ceased"
    remedy = "collect nothing more"


class AccountClosed(Denied):
    """The subject cancelled the account."""

    code = "OBQ135"
    clause = "USE-6"
    says = "{operation} of {items} for {purpose} is refused, because the account was cancelled"
    remedy = "register a returning person under a new subject id"


class NotPublished(Denied):
    """It goes public only by the subject's own act."""

    code = "OBQ136"
    clause = "SHARE-7"
    says = "{items} is made public only by the subject's own act or consent, and there is none"
    remedy = "record the act with subject.publish"


class GuardianAgreementMissing(Denied):
    """What is done with a minor's data needs the guardian's express consent, whatever the minor consented to."""

    code = "OBQ137"
    clause = "MINOR-2"
    says = "{operation} of {items} of a minor for {purpose} needs the guardian's express consent"
    remedy = "ask the guardian and grant with by=guardian, or invoke a legal basis"


# ── Declarations ──────────────────────────────────────────────────────────────────────────────────────────


class DeclarationInvalid(PrivacyError):
    """A purpose, item or policy is declared in a way that cannot hold."""

    code = "OBQ200"
    declaration: str
    problem: str
    says = "{declaration}: {problem}"
    remedy = "change the declaration"


class PurposeInvalid(DeclarationInvalid):
    """A purpose class is declared in a way that cannot hold, such as with two purposes as parents."""

    code = "OBQ201"


class ItemInvalid(DeclarationInvalid):
    """An item is declared in a way that cannot hold."""

    code = "OBQ202"


class PolicyFinding(DeclarationInvalid):
    """One thing that is wrong with a policy; a `PolicyInvalid` group carries all of them."""

    code = "OBQ203"


class PolicyInvalid(ExceptionGroup[DeclarationInvalid]):
    """Everything that is wrong with a policy, found when it is built."""

    code: ClassVar[str] = "OBQ204"


class PolicyDocumentInvalid(PrivacyError):
    """A policy document cannot be read."""

    code = "OBQ205"
    place: str
    problem: str
    says = "the policy document is not valid at {place}: {problem}"
    remedy = "compare it with the documented form"


class PolicyConflict(PrivacyError):
    """The version is already stored with a different text."""

    code = "OBQ206"
    clause = "CHANGE-3"
    version: str
    says = "version {version} of the policy is stored with a different text"
    remedy = "give the changed policy a new version"


class GrantInvalid(PrivacyError):
    """A consent was to be recorded that could not count."""

    code = "OBQ207"
    clause = "USE-2"
    purpose: str
    problem: str
    says = "the consent to {purpose} cannot be recorded: {problem}"
    remedy = "see the purpose's declaration in the policy"


class GuardianRequired(GrantInvalid):
    """A consent was to be recorded that only a guardian can give."""

    code = "OBQ208"
    clause = "MINOR-1"
    remedy = "register the guardian and grant with by=guardian; if the birth date is missing, give it"


class RequiredConsentMissing(GrantInvalid):
    """A consent was to be recorded to a purpose that builds on another one without consent."""

    code = "OBQ209"
    clause = "USE-4"
    remedy = "ask for the other one first, or for both together"


class AskedTooSoon(PrivacyError):
    """The subject refused so lately that nobody may ask again."""

    code = "OBQ211"
    clause = "USE-2"
    purpose: str
    until: str
    says = "the subject refused {purpose}, and is not to be asked again before {until}"
    remedy = "wait until then, or until the subject asks for it"


class RecipientInvalid(DeclarationInvalid):
    """A recipient or a source is declared in a way that cannot hold."""

    code = "OBQ210"


# ── Values ────────────────────────────────────────────────────────────────────────────────────────────────


class AccidentalUse(PrivacyError, TypeError):
    """A wrapper was about to become text, a key, a truth value or a copy of its content."""

    code = "OBQ301"
    wrapper: str
    channel: str
    says = "{wrapper} refuses {channel}"
    remedy = "reveal it for a purpose, or use mask, map, combine or equal"


class ValueInvalid(PrivacyError, ValueError):
    """A value does not fit its item. The value itself is nowhere in this error."""

    code = "OBQ302"
    item: str
    problem: str
    says = "the value for {item} is not valid: {problem}"
    remedy = "ask for it again"


class RecordInvalid(PrivacyError, ValueError):
    """Fields of a record are missing, unknown or not valid; all of them are named, and nothing was kept."""

    code = "OBQ303"
    record: str
    fields: tuple[str, ...]
    problems: tuple[str, ...]
    says = "{record} cannot be collected: {problems}"
    remedy = "nothing was kept; correct these fields and collect the record again"


class DerivationFailed(PrivacyError):
    """A function given to map or combine raised; its error is withheld, because it may quote the value."""

    code = "OBQ304"
    items: tuple[str, ...]
    function: str
    raised: str
    says = "{function} raised {raised} on {items}"
    remedy = "make the function accept every valid value of its items"


class MaskUndefined(PrivacyError):
    """The item says nothing about how it is masked."""

    code = "OBQ305"
    item: str
    says = "{item} has no masking rule"
    remedy = "give the item mask="


class WrapperMisuse(PrivacyError, TypeError):
    """A wrapper was built, subclassed, changed or passed in a way that the library does not allow."""

    code = "OBQ306"
    wrapper: str
    problem: str
    says = "{wrapper}: {problem}"
    remedy = "collect values through a subject"


class ArgumentInvalid(PrivacyError, TypeError, ValueError):
    """A function was called with an argument that it does not take."""

    code = "OBQ307"
    argument: str
    problem: str
    says = "{argument}: {problem}"
    remedy = "see the function's documentation"


# ── Keys and sealed values ────────────────────────────────────────────────────────────────────────────────


class SealError(PrivacyError):
    """A sealed value does not open."""

    code = "OBQ400"
    says = "the sealed value does not open"
    remedy = "see which of its three subclasses it is"


class KeyUnknown(SealError):
    """The key that a sealed value names is not in this store."""

    code = "OBQ401"
    says = "the key of the sealed value is unknown here"
    remedy = "open it with the store that sealed it"


class KeyErased(SealError):
    """The key was destroyed with its subject: the value can never be opened again."""

    code = "OBQ402"
    clause = "DEF-4"
    says = "the key of the sealed value was destroyed when its subject was erased"
    remedy = "delete the sealed value"


class SealBroken(SealError):
    """The sealed value is damaged, or stands where it was not sealed for: which of the two is not told."""

    code = "OBQ403"
    clause = "PROT-1"
    says = "the sealed value is tampered with or misplaced"
    remedy = "open it with the item and record that it was sealed for, or restore it"


class KeyProviderError(PrivacyError):
    """The key-encryption key cannot be had."""

    code = "OBQ410"
    place: str
    problem: str
    says = "the key-encryption key at {place} cannot be used: {problem}"
    remedy = "restore the key or correct its place; without it nothing can be opened"


class KeyFileExposed(KeyProviderError):
    """Group or others can read the key file."""

    code = "OBQ411"
    clause = "PROT-1"
    says = "the key file {place} is not private: {problem}"
    remedy = "chmod 600 it, and rotate the key if somebody may have read it"


# ── Stores and the guard ──────────────────────────────────────────────────────────────────────────────────


class StoreError(PrivacyError):
    """The store cannot do what was asked."""

    code = "OBQ500"
    store: str
    problem: str
    says = "the store {store} failed: {problem}"
    remedy = "values stay shut until the store answers again"


class StoreUnavailable(StoreError):
    """The store does not answer, so leases lapse and everything is refused."""

    code = "OBQ501"


class StoreIncompatible(StoreError):
    """The store was written by another program or a newer version of the library."""

    code = "OBQ502"
    remedy = "open it with the version of the library that wrote it"


class JournalUnavailable(PrivacyError):
    """The audit record cannot be written, so the value stays shut."""

    code = "OBQ503"
    clause = "PROT-2"
    place: str
    problem: str
    says = "the audit journal at {place} cannot be written: {problem}"
    remedy = "the value stays shut; free space or restore access, then try again"


class AuditBroken(PrivacyError):
    """The audit chain was changed after it was written."""

    code = "OBQ504"
    clause = "PROT-2"
    place: str
    problem: str
    says = "the audit chain is broken at {place}: {problem}"
    remedy = "compare with a backup; entries before that place are intact"


class GuardClosed(PrivacyError):
    """The guard was closed, or belongs to another process."""

    code = "OBQ505"
    says = "the guard is closed"
    remedy = "open it again"


class SubjectInvalid(PrivacyError):
    """A subject was registered with facts that cannot hold or contradict what is stored."""

    code = "OBQ506"
    subject: str
    problem: str
    says = "the subject {subject} cannot be registered: {problem}"
    remedy = "correct it with subject.update"


class RecordUnknown(PrivacyError, LookupError):
    """The vault has no record of that name."""

    code = "OBQ507"
    record: str
    says = "the vault has no record {record}"
    remedy = "keep it first; records of erased subjects are gone"


class RecordMismatch(PrivacyError):
    """The record in the vault has other fields than the class that it is loaded as."""

    code = "OBQ508"
    record: str
    problem: str
    says = "the record {record} does not fit: {problem}"
    remedy = "load it as the class that it was kept as"
