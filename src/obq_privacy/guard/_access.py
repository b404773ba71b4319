"""Access to the values of one subject: decide, record, and only then open.

`reveal` and `collect` are the hot paths. A decision that holds for a while is kept as a `Pass` until the first instant
at which it could be wrong: the end of the lease, or what the decision itself named. A pass is stored in the dictionary
that was current before its decision began, and dropping replaces the dictionary; so a pass that was decided on
dropped state is never found.
"""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from obq_privacy import consent
from obq_privacy.crypto import memory_context, open_token
from obq_privacy.decision import Deny, Permit, decide
from obq_privacy.errors import (
    DerivationFailed,
    MaskUndefined,
    PrivacyError,
    SealBroken,
    ValueInvalid,
)
from obq_privacy.guard import _sealing as sealing
from obq_privacy.guard._acting import PLAIN, Coming
from obq_privacy.guard._arguments import check_item, check_kind, check_purposes, check_text
from obq_privacy.guard._pass import Box, Pass, joined, wrapper_of
from obq_privacy.guard._profile import Profile
from obq_privacy.values._door import Failure, derive, open_all, payload, wrap
from obq_privacy.vocab import Invoked, Operation, Pseudonym, Purpose, Recipient, Request, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy.audit import Fact, Outcome
    from obq_privacy.consent import Standing
    from obq_privacy.crypto import DataKey, Token
    from obq_privacy.guard._core import Core
    from obq_privacy.values import Held, Label, Origin
    from obq_privacy.vocab import AnyItem

NONCE = 12
_NEVER = 1 << 62
_PASSES = 1024
"""Origins of one subject from which on the decisions kept about them are forgotten."""

_PLAIN_USE = Request(Operation.USE, None)[2:]


class Access:
    """Everything that a guard knows about one subject, and the way to its values. Implements `values.Keeper`."""

    __slots__ = ("__weakref__", "_aead", "_core", "_key", "_now", "_passes", "_slot", "_standing", "profile", "subject")

    def __init__(self, core: Core, subject: Pseudonym) -> None:
        self.subject = subject
        self._core = core
        self._slot = bytes.fromhex(subject)
        self._now = core.clock.monotonic_ns
        self.drop()

    def drop(self) -> None:
        """Forget everything that came from the store."""
        self._passes: dict[object, dict[object, Pass]] = {}
        self._standing: Standing | None = None
        self.profile = Profile()
        self._key: DataKey | None = None
        self._aead: AESGCM | None = None

    def unload(self) -> None:
        """Let go of the ready cipher; the key stays."""
        self._aead = None

    def __repr__(self) -> str:
        return f"Access({self.subject})"

    # ── State ─────────────────────────────────────────────────────────────────────────────────────────────

    def standing(self) -> Standing:
        """Give the state of the subject, as fresh as the lease promises."""
        with self._core.lock:
            self._core.refresh()
            if self._standing is None:
                row = self._core.store.subject(self.subject)
                erased = row is None or row.erasing is not None or row.erased is not None
                sealed = None if row is None or erased else row.profile
                self.profile = Profile.opened(self.key(), sealed) if sealed else Profile()
                self._standing = consent.standing_of(
                    [*self._core.store.events(self.subject), *self._core.about_everybody()],
                    subject=self.subject,
                    born=self.profile.born,
                    erased=erased,
                )
            return self._standing

    def key(self) -> DataKey:
        """Give the data key.

        Raises:
            KeyErased: it was destroyed.
            KeyUnknown: the subject is not in the store.
        """
        with self._core.lock:
            self._core.refresh()
            if self._key is None:
                self._key = self._core.keyring.of(self.subject)
            return self._key

    def _cipher(self) -> AESGCM:
        with self._core.lock:
            self._aead = aead = AESGCM(self.key().key)
            self._core.cipher_loaded(self)
            return aead

    # ── Decisions ─────────────────────────────────────────────────────────────────────────────────────────

    def sensitivity(self, item: AnyItem, now: dt.datetime) -> Sensitivity:
        """Give how sensitive a value collected now is: an item's own, or sensitive for the subject's age (DEF-3)."""
        if item.sensitivity is not Sensitivity.PERSONAL:
            return item.sensitivity
        minors = self._core.policy.minors
        born = self.standing().born
        child = minors.unknown == "child" if born is None else now < minors.sensitive_until(born)
        return Sensitivity.SENSITIVE if child else item.sensitivity

    def _use_pass(self, origin: Origin, purpose: type[Purpose], collected: int) -> Pass:
        """Decide a use, and keep the decision where it holds for other values of the same origin."""
        check_purposes("reveal", purpose)
        core = self._core
        with core.lock:
            core.refresh()
            passes = self._passes
            standing = self.standing()
            now = core.clock.now()
            request = core.request(Operation.USE, purpose)
            answer = decide(core.policy, standing, origin.label(self.subject, collected), request, now)
            held = self._pass(answer, request, origin, now)
            grown = self._grown(origin)
            if core.depends_on_actor(purpose) or collected < grown:
                return held
            if len(passes) > _PASSES:
                self._passes = passes = {}  # values of many business cases have been here
            keep = core.shortest_keep(origin.item.key)
            if keep is None:
                held.after = grown - 1
                passes.setdefault(origin, {})[purpose] = held
                return held
            # What a value of this second gets, every value gets that is young enough all the while.
            anew = decide(core.policy, standing, self._fresh(origin, now), request, now)
            kept = self._pass(anew, request, origin, now)
            kept.after = int(now.timestamp() + core.lease_ns / 1e9 - keep) + 1
            kept.after = max(kept.after, grown - 1)
            passes.setdefault(origin, {})[purpose] = kept
            return held

    def _grown(self, origin: Origin) -> int:
        """Give the second from which on a decision about a value holds for later ones as well; a child's does not.

        Values of an item that is sensitive for everybody have one origin, whatever the age of the subject was.
        """
        born = self.standing().born
        if born is None or origin.sensitivity is not origin.item.sensitivity:
            return -_NEVER
        return int(self._core.policy.minors.sensitive_until(born).timestamp())

    def decided(self, request: Request, origin: Origin, collected: int) -> Pass:
        """Decide any other request about a value; such decisions are not kept."""
        core = self._core
        with core.lock:
            core.refresh()
            now = core.clock.now()
            answer = decide(core.policy, self.standing(), origin.label(self.subject, collected), request, now)
            return self._pass(answer, request, origin, now)

    def _pass(self, answer: Permit | Deny, request: Request, origin: Origin, now: dt.datetime) -> Pass:
        item = origin.item
        made = Pass()
        made.deadline = self._deadline(answer, now)
        made.after = -_NEVER
        made.decode = item.decode
        made.origin = origin
        made.context = self.context(origin) if origin.sealed else None
        if isinstance(answer, Permit):
            made.refusal = None
            made.basis = answer.basis.value
            fact = self._core.fact_of(request, "permit", items=(item.key,), basis=made.basis)
        else:
            observing = self._core.observing
            lets = observing is not None and observing.lets(self.standing(), self._fresh(origin, now), request)
            made.basis = ""
            made.refusal = None if lets else answer.refusal(request, items=(item.key,), subject=self.subject)
            fact = self._denial(answer, request, (item.key,), observed=lets)
        made.fact = fact.id
        return made

    def _denial(self, deny: Deny, request: Request, items: tuple[str, ...], *, observed: bool) -> Fact:
        outcome: Outcome = "observed" if observed else "gap" if deny.gap else "deny"
        return self._core.fact_of(request, outcome, items=items, codes=deny.codes, clauses=deny.clauses)

    def _deadline(self, answer: Permit | Deny, now: dt.datetime) -> int:
        """Give the monotonic instant from which on a decision made now says nothing."""
        core = self._core
        if isinstance(answer, Deny) or answer.until is None:
            return core.lease_end
        left = (answer.until - now) // dt.timedelta(microseconds=1) * 1000
        return min(core.lease_end, core.clock.monotonic_ns() + left)

    def context(self, origin: Origin) -> bytes:
        """Give the associated data of sealed content in memory."""
        return memory_context(self.subject, origin.item.key, sealing.label_bytes(origin, 0))

    # ── Reveal ────────────────────────────────────────────────────────────────────────────────────────────

    def reveal(self, value: Held[Any, Any], purpose: type[Purpose], /) -> Any:
        """Decide, record, and only then open one value."""
        origin = value._origin
        try:
            held = self._passes[origin][purpose]
        except (KeyError, TypeError):
            held = self._use_pass(origin, purpose, value._collected)
        now = self._now()
        if now >= held.deadline or value._collected <= held.after:
            held = self._use_pass(origin, purpose, value._collected)
            now = self._now()
        self._core.journal.append(self._slot, now, held.fact)
        if held.refusal is not None:
            raise held.refusal()
        if held.context is None:
            return payload(value)
        return self._opened(value, held)

    def _opened(self, value: Held[Any, Any], held: Pass) -> Any:
        """Decrypt and decode; nothing of the plaintext stays in a frame when it fails."""
        content = payload(value)
        if held.context is None:
            return content
        try:
            return held.decode((self._aead or self._cipher()).decrypt(content[:NONCE], content[NONCE:], held.context))
        except PrivacyError:
            raise
        except Exception:  # noqa: BLE001  a codec's own error may quote the value
            del content
        raise SealBroken

    def open_held(self, values: Sequence[tuple[Held[Any, Any], Sensitivity]], request: Request, /) -> list[Any]:
        """Decide about all values, record once for each subject, and only then open them."""
        check_kind("to", request.recipient, Recipient | None)
        check_kind("under", request.invoked, Invoked | None)
        if request.purpose is not None or request.invoked is None:
            check_purposes("reveal" if request.operation is Operation.USE else request.operation.value, request.purpose)
        request = self._core.acted(request)
        passes = [cast("Access", value._keeper)._joint_pass(value, least, request) for value, least in values]
        refused: dict[Access, list[tuple[Held[Any, Any], Pass]]] = {}
        granted: dict[Access, list[tuple[Held[Any, Any], Pass]]] = {}
        for (value, _), held in zip(values, passes, strict=True):
            into = granted if held.refusal is None else refused
            into.setdefault(cast("Access", value._keeper), []).append((value, held))
        for access, parts in refused.items():
            for _, held in parts:
                access._core.journal.append(access._slot, access._core.clock.monotonic_ns(), held.fact)
        for parts in refused.values():
            raise joined([held.refusal() for _, held in parts if held.refusal is not None])
        for access, parts in granted.items():
            access._record_joint(parts, request)
        return [
            cast("Access", value._keeper)._opened(value, held) for (value, _), held in zip(values, passes, strict=True)
        ]

    def _joint_pass(self, value: Held[Any, Any], least: Sensitivity, request: Request) -> Pass:
        """Decide one of several values; together with stricter ones it is treated as strictly (USE-9)."""
        origin = value._origin
        if least > origin.sensitivity:
            strict = self._valid_pass(self._core.stricter(origin, least), request, value._collected)
            if strict.refusal is not None:
                return strict
        return self._valid_pass(origin, request, value._collected)

    def _valid_pass(self, origin: Origin, request: Request, collected: int) -> Pass:
        purpose = request.purpose
        if purpose is None or request != (Operation.USE, purpose, *_PLAIN_USE) or self._core.strict:
            return self.decided(request, origin, collected)
        held = self._passes.get(origin, {}).get(purpose)
        if held is None or self._core.clock.monotonic_ns() >= held.deadline or collected <= held.after:
            held = self._use_pass(origin, purpose, collected)
        return held

    def _record_joint(self, parts: list[tuple[Held[Any, Any], Pass]], request: Request) -> None:
        core = self._core
        if any(not held.basis for _, held in parts):  # what was only observed says what it is, one by one
            for _, held in parts:
                core.journal.append(self._slot, core.clock.monotonic_ns(), held.fact)
            return
        fact = parts[0][1].fact
        if len(parts) > 1:
            items = tuple(sorted({value._origin.item.key for value, _ in parts}))
            bases = "+".join(sorted({held.basis for _, held in parts}))
            with core.lock:
                fact = core.fact_of(request, "permit", items=items, basis=bases).id
        core.journal.append(self._slot, core.clock.monotonic_ns(), fact)

    def mask(self, value: Held[Any, Any], purpose: type[Purpose], /) -> str:
        """Decide, record, and only then render one value by its item's masking rule."""
        item = value._origin.item
        if item.mask is None:
            raise MaskUndefined(item=item.key)
        (shown,) = open_all(Request(Operation.USE, purpose), [derive(item.mask, value)])
        if isinstance(shown, str):
            return shown
        failed = shown if isinstance(shown, Failure) else None
        del shown  # what is no text may hold the value
        raise failed.error() if failed else DerivationFailed(items=(item.key,), function="mask", raised="no text")

    def seal(self, value: Held[Any, Any], record: str, /) -> bytes:
        """Encrypt one value for storage outside, bound to subject, item, label and record."""
        check_text("record", record)
        return sealing.sealed(self.key(), value, self._plain_bytes(value), record)

    def _plain_bytes(self, value: Held[Any, Any]) -> Box:
        origin = value._origin
        if not origin.sealed:
            return Box(origin.item.encode(payload(value)))
        content = payload(value)
        try:
            return Box((self._aead or self._cipher()).decrypt(content[:NONCE], content[NONCE:], self.context(origin)))
        except InvalidTag:
            pass
        raise SealBroken

    # ── Collect ───────────────────────────────────────────────────────────────────────────────────────────

    def collect(self, item: AnyItem, box: Box, coming: Coming = PLAIN) -> Held[Any, Any]:
        """Decide, check, record, and keep: as ciphertext where the origin says so."""
        held = self.collect_pass(item) if coming is PLAIN else self._coming_pass(item, coming)
        if held.refusal is not None:
            self._core.journal.append(self._slot, self._core.clock.monotonic_ns(), held.fact)
            raise held.refusal()
        problem = item.check(box.value)
        if problem is not None:
            raise ValueInvalid(item=item.key, problem=problem)
        content = Box(self._content(held, box))
        self._core.journal.append(self._slot, self._now(), held.fact)
        return self._wrapped(held, content)

    def collect_pass(self, item: AnyItem) -> Pass:
        """Give the decision on collecting an item from the subject now."""
        try:
            held = self._passes[item][None]
        except (KeyError, TypeError):
            held = None
        if held is not None and self._core.clock.monotonic_ns() < held.deadline:
            return held
        with self._core.lock:
            passes = self._refreshed()
            held = self._coming_pass(item, PLAIN)
            passes.setdefault(item, {})[None] = held
            return held

    def _refreshed(self) -> dict[object, dict[object, Pass]]:
        """Make sure of the lease, and give the passes that belong to it."""
        self._core.refresh()
        return self._passes

    def _coming_pass(self, item: AnyItem, coming: Coming) -> Pass:
        """Decide on collecting an item that comes in some way."""
        core = self._core
        check_item("collect", item, core.policy)
        with core.lock:
            core.refresh()
            standing = self.standing()
            now = core.clock.now()
            sensitivity = self.sensitivity(item, now)
            origin = core.origin(
                item, sensitivity, source=coming.source, matter=coming.matter, topics=coming.topics, ends=coming.ends
            )
            request = Request(
                Operation.COLLECT,
                None,
                invoked=coming.invoked,
                region=core.region,
                user_action=coming.user_action,
            )
            answer = decide(core.policy, standing, self._fresh(origin, now), request, now)
            held = self._pass(answer, request, origin, now)
            if sensitivity > item.sensitivity and standing.born is not None:
                grown = core.policy.minors.sensitive_until(standing.born) - now
                limit = core.clock.monotonic_ns() + grown // dt.timedelta(microseconds=1) * 1000
                held.deadline = min(held.deadline, limit)
            return held

    def _fresh(self, origin: Origin, now: dt.datetime) -> Label:
        return origin.label(self.subject, int(now.timestamp()))

    def _content(self, held: Pass, box: Box) -> object:
        """Give what the wrapper will hold."""
        if held.context is None:
            return box.value
        nonce = os.urandom(NONCE)
        return nonce + (self._aead or self._cipher()).encrypt(nonce, held.origin.item.encode(box.value), held.context)

    def _wrapped(self, held: Pass, content: Box) -> Held[Any, Any]:
        return wrap(wrapper_of(held.origin.item), content.value, self, held.origin, self._core.second())

    def admitted(self, items: dict[str, AnyItem], coming: Coming = PLAIN) -> dict[str, Pass]:
        """Decide about collecting several fields, all or nothing; refusals are recorded."""
        passes = {
            name: self.collect_pass(item) if coming is PLAIN else self._coming_pass(item, coming)
            for name, item in items.items()
        }
        refused = [held for held in passes.values() if held.refusal is not None]
        for held in refused:
            self._core.journal.append(self._slot, self._now(), held.fact)
        if refused:
            raise joined([held.refusal() for held in refused if held.refusal is not None])
        return passes

    def collect_record(
        self, fields: dict[str, tuple[Pass, Box]], invoked: Invoked | None = None
    ) -> dict[str, Held[Any, Any]]:
        """Keep several admitted and checked fields, with one record."""
        if not fields:
            return {}
        contents = {name: Box(self._content(held, box)) for name, (held, box) in fields.items()}
        core = self._core
        with core.lock:
            items = tuple(sorted({held.origin.item.key for held, _ in fields.values()}))
            bases = "+".join(sorted({held.basis for held, _ in fields.values()}))
            fact = core.fact_of(Request(Operation.COLLECT, None, invoked=invoked), "permit", items=items, basis=bases)
        facts = [fact.id]
        if any(not held.basis for held, _ in fields.values()):  # what was only observed says what it is, one by one
            facts = [held.fact for held, _ in fields.values()]
        for each in facts:
            core.journal.append(self._slot, self._now(), each)
        return {name: self._wrapped(held, contents[name]) for name, (held, _) in fields.items()}

    def restored(self, item: AnyItem, token: Token, record: str) -> Held[Any, Any]:
        """Open a sealed value into a wrapper; its label never gets looser on the way."""
        check_item("unseal", item, self._core.policy)
        box = Box(open_token(self.key(), token, item=item.key, record=record))
        origin, collected = sealing.origin_of(self._core, item, token.label)
        content: object
        if origin.sealed:
            nonce = os.urandom(NONCE)
            content = nonce + (self._aead or self._cipher()).encrypt(nonce, box.value, self.context(origin))
        else:
            content = self._decoded(item, box)
        return wrap(wrapper_of(item), content, self, origin, collected)

    @staticmethod
    def _decoded(item: AnyItem, box: Box) -> object:
        try:
            return item.decode(box.value)
        except Exception:  # noqa: BLE001  a codec's own error may quote the value
            del box
        raise SealBroken
