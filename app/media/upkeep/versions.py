"""Each version against what lies under its key: what is missing or broken, and what lies there without a name."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from app.core.storage import KeptObject, storage
from app.media.models import VersionState
from app.media.upkeep.findings import ASK_AGAIN, REMAKE, RESTORE, Orphan, Trouble
from app.media.upkeep.inventory import Held, Named, read_versions, walk_versions

BLOCK_BYTES = 1 << 20


def look_at_versions(*, before: datetime, deep: bool, public_id: str | None = None) -> Iterator[Trouble | Orphan]:
    """Every finding about versions; what came after ``before`` is nobody's orphan yet.

    Whatever seems wrong is looked at once more with fresh rows: it may have been deleted, moved or replaced meanwhile.
    """
    for batch in walk_versions(public_id=public_id):
        doubtful = {}
        for held in batch:
            findings = list(_look_at(held, before=before, deep=deep))
            if findings:
                doubtful[held.id] = held
        if doubtful:
            for held in read_versions(list(doubtful)):
                yield from _look_at(held, before=before, deep=deep)


def _look_at(held: Held, *, before: datetime, deep: bool) -> Iterator[Trouble | Orphan]:
    original = _original(held, deep=deep)
    if original is not None:
        yield original
    kept = {one.key.removeprefix(held.prefix): one for one in storage().walk_objects(held.prefix)}
    for name, named in held.objects.items():
        what = _what_is_wrong(held.prefix + name, named, kept.get(name), deep=deep)
        if what:
            advice = REMAKE.format(held.public_id) if original is None else ASK_AGAIN
            yield Trouble(owner=held.public_id, key=held.prefix + name, what=what, advice=advice)
    if held.state is not VersionState.PROCESSING:  # what a running step stores gets its name when the step is done
        for name in kept.keys() - held.objects.keys():
            one = kept[name]
            if one.changed_at < before:
                yield Orphan(key=one.key, size_bytes=one.size_bytes, since=one.changed_at, what="No row names it.")


def _what_is_wrong(key: str, named: Named, kept: KeptObject | None, *, deep: bool) -> str:
    if kept is None:
        return "It is missing."
    if kept.size_bytes == 0:
        return "It is empty."
    if named.size_bytes is not None and kept.size_bytes != named.size_bytes:
        return f"It has {kept.size_bytes} bytes instead of {named.size_bytes}."
    if deep and named.head_bytes:
        head = storage().read_bytes(key, length=named.head_bytes)
        if hashlib.sha256(head).hexdigest() != named.head_sha256:
            return "Its bytes have changed."
    return ""


def _original(held: Held, *, deep: bool) -> Trouble | None:
    size_bytes = storage().size_bytes(held.original_key)
    what, advice = "", RESTORE
    if size_bytes is None:
        what = "The original is missing."
    elif size_bytes != held.original_bytes:
        what = f"The original has {size_bytes} bytes instead of {held.original_bytes}."
    elif deep and held.original_sha256 and storage().is_at_hand(held.original_key):
        with storage().open(held.original_key) as body:
            if _sha256(body) != held.original_sha256:
                what = "The bytes of the original have changed."
    if what and held.state is not VersionState.READY:
        advice = ASK_AGAIN
    return Trouble(owner=held.public_id, key=held.original_key, what=what, advice=advice) if what else None


def _sha256(body: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := body.read(BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()
