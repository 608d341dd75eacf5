"""Evidence of child safety: what proves a hit is kept for its time, whoever deletes the thing or leaves.

Of words and small pictures copies are kept. An original may be large, so none is made of it: as long as it is evidence,
deleting its medium leaves it where it is.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from app.accounts.models import User
from app.core import audit, options
from app.core.clock import now
from app.core.events import publish
from app.core.options import Kind, Option
from app.core.screening import Sample, Screened
from app.core.storage import storage
from app.extensions import db
from app.media.events import ObjectsDropped
from app.media.models import Version
from app.moderation.filter_events import ChildSafetyHit
from app.moderation.filter_models import FilterHit

EVIDENCE: Final = "evidence/"
"""Where copies lie in storage that are kept as evidence."""
LONGEST_TEXT: Final = 20_000
KEEP_DAYS = options.register(
    Option(
        "filters.keep_evidence_days", Kind.INT, 365, "How long evidence of child safety is kept",
        "Whoever deletes the thing or their account. What the law where you are asks for: a year in many places.",
        group="Filters", low=1, high=3650, unit="days",
    )
)  # fmt: skip
RELEASE_DAYS = options.register(
    Option(
        "filters.release_grace_days", Kind.INT, 30, "How long evidence outlives a false alarm",
        "Letting something of child safety through ends the reason to keep its evidence. For so long somebody else can "
        "look at that, and hold it again.",
        group="Filters", low=1, high=3650, unit="days",
    )
)  # fmt: skip


def keep(hit: FilterHit, sample: Sample) -> None:
    """Keep what proves a hit, tell the operators, and put that into the log. The caller commits."""
    hit.kept_until = _usual_end(hit)
    kept: list[str] = []
    for number, picture in enumerate(sample.pictures):
        key = f"{EVIDENCE}{hit.id}/{number}{picture.suffix}"
        storage().put_file(key, picture, content_type="application/octet-stream")
        kept.append(key)
    if hit.kind is Screened.MEDIUM and hit.subject_id is not None:
        of_medium = select(Version.original_key).where(Version.medium_id == hit.subject_id).distinct()
        kept.extend(sorted(db.session.scalars(of_medium)))
    hit.kept_objects = kept
    hit.finds = [{**find, "text": sample.texts.get(find["field"], "")[:LONGEST_TEXT]} for find in hit.finds]
    audit.record("hit.alarmed", actor=None, subject=("hit", hit.reference), facts={"kind": hit.kind.value})
    publish(ChildSafetyHit(hit_id=hit.id))


def let_go(hit: FilterHit, by: User | None) -> None:
    """A hit was a false alarm: what proves it goes after a short time, never later than before. The caller commits."""
    if hit.kept_until is None:
        return
    until = min(hit.kept_until, now() + timedelta(days=options.get(RELEASE_DAYS.name)))
    _change_end(hit, until, by, "evidence.shortened")


def keep_on(hit: FilterHit, by: User | None) -> None:
    """It was no false alarm, after all: what proves it is kept for its whole time. The caller commits."""
    if hit.kept_until is not None:
        _change_end(hit, _usual_end(hit), by, "evidence.kept")


def _usual_end(hit: FilterHit) -> datetime:
    return (hit.created_at or now()) + timedelta(days=options.get(KEEP_DAYS.name))


def _change_end(hit: FilterHit, until: datetime, by: User | None, action: str) -> None:
    facts = {"before": hit.kept_until.isoformat() if hit.kept_until else None, "after": until.isoformat()}
    hit.kept_until = until
    audit.record(action, actor=by, subject=("hit", hit.reference), facts=facts)


def find_kept(keys: Collection[str]) -> set[str]:
    """Those of these storage keys that are evidence today."""
    query = select(func.unnest(FilterHit.kept_objects)).where(
        FilterHit.kept_until > now(), FilterHit.kept_objects.overlap(list(keys))
    )
    return set(db.session.scalars(query)) & set(keys)


def forget_evidence(limit: int = 200) -> int:
    """Delete the evidence whose time is over, with its copies; says of how many hits. The caller commits.

    An original goes after that commit, where its medium is gone and it proves nothing else.
    """
    over = select(FilterHit).where(FilterHit.kept_until <= now()).limit(limit).with_for_update(skip_locked=True)
    hits = db.session.scalars(over).all()
    originals: set[str] = set()
    for hit in hits:
        storage().delete_prefix(f"{EVIDENCE}{hit.id}/")
        originals.update(key for key in hit.kept_objects if not key.startswith(EVIDENCE))
        hit.finds, hit.kept_objects, hit.kept_until = [], [], None
        audit.record("evidence.deleted", actor=None, subject=("hit", hit.reference))
    db.session.flush()
    if originals:
        _drop_unneeded(originals)
    return len(hits)


def _drop_unneeded(originals: set[str]) -> None:
    needed = set(db.session.scalars(select(Version.original_key).where(Version.original_key.in_(originals))))
    for key in sorted(originals - needed - find_kept(originals)):
        publish(ObjectsDropped(prefix=key))
