"""The schema of the SQLite store, as the steps that lead to it. docs/formats/store.md explains it.

A step is never changed once it is released: files in the field have taken it. `MIGRATIONS[n]` leads from version n of
the schema to version n + 1.
"""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x4F425150  # "OBQP"

_META = """
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER
) STRICT, WITHOUT ROWID
"""

# Everything that is sealed is here and nowhere else. No row is ever inserted between others, deleted or resized, so
# SQLite never has a reason to copy one to another page, where a copy would outlive its erasure.
_SEALED = """
CREATE TABLE sealed (
    n INTEGER PRIMARY KEY,
    used INTEGER NOT NULL CHECK (used IN (0, 1)),
    size INTEGER NOT NULL,
    data BLOB NOT NULL CHECK (length(data) = size)
) STRICT
"""

_KEYS = """
CREATE TABLE keys (
    key_id BLOB NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL UNIQUE,
    kek INTEGER NOT NULL,
    wrapped INTEGER REFERENCES sealed (n),
    destroyed_at INTEGER,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
) STRICT, WITHOUT ROWID
"""

_SUBJECTS = """
CREATE TABLE subjects (
    n INTEGER PRIMARY KEY,
    pseudonym TEXT NOT NULL UNIQUE,
    lookup BLOB NOT NULL,
    key_id BLOB NOT NULL REFERENCES keys (key_id),
    profile INTEGER REFERENCES sealed (n),
    erasing INTEGER,
    erased INTEGER,
    CHECK (erased IS NULL OR (erasing IS NOT NULL AND profile IS NULL))
) STRICT
"""

_FEED = "CREATE TABLE feed (seq INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL) STRICT"

_FOLLOWERS = "CREATE TABLE followers (id BLOB NOT NULL PRIMARY KEY, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID"

# Clustered by subject: the events of one are read together, on the cold path of a decision.
_EVENTS = """
CREATE TABLE events (
    subject TEXT NOT NULL REFERENCES subjects (pseudonym),
    seq INTEGER NOT NULL,
    key TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (subject, seq),
    UNIQUE (subject, key)
) STRICT, WITHOUT ROWID
"""

_POLICIES = """
CREATE TABLE policies (
    n INTEGER PRIMARY KEY,
    version TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT
"""

_VAULT = """
CREATE TABLE vault (
    record TEXT NOT NULL,
    position INTEGER NOT NULL,
    field TEXT NOT NULL,
    subject TEXT NOT NULL REFERENCES subjects (pseudonym),
    item TEXT NOT NULL,
    token INTEGER NOT NULL REFERENCES sealed (n),
    at INTEGER NOT NULL,
    PRIMARY KEY (record, position)
) STRICT, WITHOUT ROWID
"""

_FACTS = """
CREATE TABLE audit_facts (
    id BLOB NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""

_SEGMENTS = """
CREATE TABLE audit_segments (
    seq INTEGER PRIMARY KEY,
    prev BLOB NOT NULL,
    hash BLOB NOT NULL,
    journal BLOB NOT NULL,
    segment INTEGER NOT NULL,
    first INTEGER NOT NULL,
    anchor INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT
"""

_AUDIT_INDEX = """
CREATE TABLE audit_index (
    subject BLOB NOT NULL,
    seq INTEGER NOT NULL REFERENCES audit_segments (seq),
    fact BLOB NOT NULL REFERENCES audit_facts (id),
    PRIMARY KEY (subject, seq, fact)
) STRICT, WITHOUT ROWID
"""


def _add_only(table: str) -> tuple[str, str]:
    """Spell the triggers by which a table refuses whatever is not an insertion."""
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} are only added'); END"
    return (
        f"CREATE TRIGGER {table}_keep BEFORE DELETE ON {table} {refusal}",
        f"CREATE TRIGGER {table}_same BEFORE UPDATE ON {table} {refusal}",
    )


_VERSION_1: tuple[str, ...] = (
    _META,
    "INSERT INTO meta VALUES ('kek', 0), ('kek_target', NULL), ('scrub_wanted', 0), ('scrub_done', 0)",
    _SEALED,
    "CREATE INDEX sealed_free ON sealed (size) WHERE used = 0",
    _KEYS,
    "CREATE INDEX keys_kek ON keys (kek) WHERE wrapped IS NOT NULL",
    _SUBJECTS,
    "CREATE INDEX subjects_lookup ON subjects (lookup)",
    "CREATE INDEX subjects_erasing ON subjects (erasing) WHERE erasing IS NOT NULL",
    _FEED,
    _FOLLOWERS,
    _EVENTS,
    *_add_only("events"),
    _POLICIES,
    *_add_only("policies"),
    _VAULT,
    "CREATE INDEX vault_subject ON vault (subject)",
    _FACTS,
    _SEGMENTS,
    "CREATE INDEX audit_segments_place ON audit_segments (journal, segment)",
    _AUDIT_INDEX,
    "CREATE INDEX audit_index_seq ON audit_index (seq)",
)

_CASES = """
CREATE TABLE cases (
    name TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    due INTEGER,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

_CASE_ENTRIES = """
CREATE TABLE case_entries (
    name TEXT NOT NULL REFERENCES cases (name),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (name, seq)
) STRICT, WITHOUT ROWID
"""

_VERSION_2: tuple[str, ...] = (
    _CASES,
    "CREATE INDEX cases_due ON cases (kind, open, due)",
    "CREATE INDEX cases_subject ON cases (subject, kind)",
    _CASE_ENTRIES,
    *_add_only("case_entries"),
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2)
