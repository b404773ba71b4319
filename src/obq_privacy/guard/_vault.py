"""The vault: the library's own place for sealed values, by record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from obq_privacy.crypto import Token, open_token, seal
from obq_privacy.errors import PrivacyError, RecordMismatch, RecordUnknown, SealBroken, WrapperMisuse
from obq_privacy.guard._arguments import check_kind, check_name
from obq_privacy.guard._pass import Box
from obq_privacy.guard._subject import Subject
from obq_privacy.policy import type_name
from obq_privacy.stores import VaultField
from obq_privacy.values import Held, RecordField, fields_of
from obq_privacy.vocab import codec_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy.guard._access import Access
    from obq_privacy.guard._core import Core

R = TypeVar("R")
PLAIN = "obq-privacy.plain"
_BUILT_IN = {type_name(kind): codec_for(kind) for kind in (str, bytes, int, float, bool)}


class Vault:
    """Keep records sealed and load them back as wrappers. Made by the guard, as `guard.vault`."""

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

    def __init__(self, core: Core) -> None:
        self._core = core

    def keep(self, name: str, record: object, /) -> None:
        """Seal a record and keep it under a name; a record of that name is replaced as a whole.

        Args:
            name: such as "order-881"; it is stored in clear, so it holds nothing personal.
            record: an instance of a `record` class with at least one collected value. Plain fields (str, bytes,
                int, float, bool, None, or a type that the annotation names as a class and the library knows) are
                sealed together with them.

        Raises:
            KeyErased: a subject of the record was erased; nothing was kept.
            WrapperMisuse: it is no record, has no collected value, or a plain field of a type that has no bytes.
        """
        check_name(name)
        box = Box(record)
        del record  # its repr, which a renderer of tracebacks may show, has the plain fields
        fields = fields_of(cast("object", box.value).__class__)
        held = [getattr(box.value, field.name) for field in fields if field.item is not None]
        owners = [cast("Access", value._keeper) for value in held if isinstance(value, Held)]
        if not owners:
            raise WrapperMisuse(wrapper=type(box.value).__name__, problem="it holds no collected value")
        rows = [self._sealed(name, field, Box(getattr(box.value, field.name)), owners[0]) for field in fields]
        self._core.refresh()
        self._core.store.keep(name, rows, self._core.clock.now())

    def _sealed(self, name: str, field: RecordField, box: Box, owner: Access) -> VaultField:
        place = place_of(name, field.name)
        if isinstance(box.value, Held) and field.item is not None:
            held: Any = box.value  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            access = cast("Access", held._keeper)
            return VaultField(field.name, access.subject, held._origin.item.key, access.seal(held, place))
        spelled = _plain_bytes(field, box)
        token = seal(owner.key(), item=PLAIN, label=b"", record=place, plaintext=spelled.value)
        return VaultField(field.name, owner.subject, "", token)

    def load(self, kind: type[R], name: str, /) -> R:
        """Load a record: protected fields come as wrappers, so nothing is decided or revealed yet.

        Raises:
            RecordUnknown: there is no record of that name (any more).
            RecordMismatch: it was kept with other fields, or a subject of one of its fields was erased.
            SealBroken: it was tampered with.
        """
        check_name(name)
        check_kind("kind", kind, type)
        self._core.refresh()
        rows = {row.field: row for row in self._core.store.load(name)}
        if not rows:
            raise RecordUnknown(record=name)
        fields = fields_of(kind)
        strange = sorted(set(rows) - {field.name for field in fields})
        if strange:
            raise RecordMismatch(record=name, problem=f"{kind.__name__} has no field {', '.join(strange)}")
        values: dict[str, object] = {}
        for field in fields:
            row = rows.get(field.name)
            if row is not None:
                values[field.alias] = self._opened(name, field, row)
            elif field.required:
                raise RecordMismatch(record=name, problem=f"its field {field.name} is gone")
        try:
            return kind(**values)
        except PrivacyError:
            raise
        except Exception:  # noqa: BLE001  a plain field's own validator may quote the value
            values.clear()
        raise RecordMismatch(record=name, problem=f"the validators of {kind.__name__} refuse it")

    def _opened(self, name: str, field: RecordField, row: VaultField) -> object:
        access = self._core.access(row.subject)
        token = Token.parse(row.token)
        if field.item is not None and row.item:
            return access.restored(field.item, token, place_of(name, field.name))
        if row.item:
            raise RecordMismatch(record=name, problem=f"its field {field.name} is protected")
        return _plain(field, Box(open_token(access.key(), token, item=PLAIN, record=place_of(name, field.name))))

    def __contains__(self, name: str, /) -> bool:
        """Tell whether there is a record of that name."""
        check_name(name)
        self._core.refresh()
        return bool(self._core.store.load(name))

    def drop(self, name: str, /) -> bool:
        """Delete a record; tell whether there was one."""
        check_name(name)
        self._core.refresh()
        return self._core.store.drop(name)

    def records(self, subject: Subject, /) -> Sequence[str]:
        """Give the names of the records that hold something about a subject."""
        check_kind("subject", subject, Subject)
        self._core.refresh()
        return self._core.store.records(subject.pseudonym)


def place_of(name: str, field: str) -> str:
    """Name the place of a field, so that it opens in no other field and no other record."""
    return f"{len(name)}:{name}/{field}"


def _plain_bytes(field: RecordField, box: Box) -> Box:
    """Spell a plain field: the name of its type, a zero byte, its bytes."""
    if box.value is None:
        return Box(b"none\0")
    kind: type[Any] = type(box.value)  # pyright: ignore[reportUnknownVariableType]
    form = codec_for(kind)
    problem = "cannot be kept"
    if form is not None and (type_name(kind) in _BUILT_IN or kind is field.kind):
        try:
            return Box(type_name(kind).encode() + b"\0" + form.encode(box.value))
        except Exception:  # noqa: BLE001  the codec's own error may quote the value
            problem = "cannot be written as bytes"
    raise WrapperMisuse(wrapper=field.name, problem=f"a plain field of {kind.__name__} {problem}")


def _plain(field: RecordField, box: Box) -> object:
    name, _, data = box.value.partition(b"\0")
    if name == b"none":
        return None
    form = _BUILT_IN.get(name.decode())
    if form is None and field.kind is not None and type_name(field.kind) == name.decode():
        form = codec_for(field.kind)
    if form is None:
        raise RecordMismatch(record=field.name, problem="it was kept as a value of another type")
    try:
        return form.decode(data)
    except Exception:  # noqa: BLE001  a codec's own error may quote the value
        raise SealBroken from None
