"""Looks through what is there already, by a list that was added to: in batches, resumable, harmless when done twice.

What is worked out of a picture stays with it, so that the second look costs a query a picture and no process. Files are
fetched and compared outside any transaction; a batch is settled in one, by whoever is the first to have looked at it.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import exists, or_, select, update

from app.accounts.models import User
from app.core import audit
from app.core.clock import now
from app.core.pictures import Picture
from app.core.screening import Sample, Screened, Verdict
from app.core.storage import storage
from app.extensions import db
from app.media import shown
from app.media.engine.errors import MediaError
from app.media.engine.fingerprints import pdq_of
from app.media.gate import Gated
from app.media.models import Medium, Version
from app.media.shown import Shown
from app.moderation.filter_errors import FilterInvalid
from app.moderation.filter_finds import Find
from app.moderation.filter_models import FilterHit, FilterKind, FilterRescan, FilterRule, FilterState, TrialState, Whom
from app.moderation.filter_set import RuleView
from app.moderation.services import filter_hits, hash_lists, newcomers
from app.moderation.services.filter_rules import begin_rescan, get_rule

BATCH: Final = 500
MOST_WORKED_OUT: Final = 20
"""Pictures of a batch that nobody has worked out yet: each costs a process of some 0.2 s."""
_SHOWN: Final = {"post": Screened.POST, "person": Screened.PROFILE}

log = structlog.get_logger()


@dataclass(frozen=True)
class _Begun:
    """Where a look stood when a batch of it began."""

    rescan_id: UUID
    after: UUID | None
    rule_version: int


@dataclass(kw_only=True)
class _Batch:
    """What one look brought: ``found`` by the id of the picture or medium; ``last`` is None where nothing was left."""

    looked: int = 0
    skipped: int = 0
    last: UUID | None = None
    found: dict[UUID, Find] = field(default_factory=dict)


def ask(rule_id: UUID, *, by: User | None) -> FilterRescan:
    """Have everything that is there looked through by a list. One that is under way begins anew. The caller commits.

    Raises:
        FilterNotFound: there is no such rule.
        FilterInvalid: it is no list, or does nothing now.
    """
    rule = get_rule(rule_id, lock=True)
    rescan = begin_rescan(rule, by=by)
    if rescan is None:
        raise FilterInvalid("state", "Only a list that is live and has something in it is looked for in what is there.")
    audit.record("filter.rescanned", actor=by, subject=("filter", rule.id), facts={"name": rule.name})
    return rescan


def are_waiting() -> bool:
    """Whether a look through what is there is to go on."""
    return bool(db.session.scalar(select(exists().where(FilterRescan.state == TrialState.WAITING))))


def latest(rule_id: UUID) -> FilterRescan | None:
    """The last look through what is there by a rule."""
    query = select(FilterRescan).where(FilterRescan.rule_id == rule_id).order_by(FilterRescan.id.desc())
    return db.session.scalars(query.limit(1)).first()


def go_on() -> bool:
    """Look through the next batch of the oldest; says whether there was one. Commits, since looking takes its time."""
    waiting = select(FilterRescan).where(FilterRescan.state == TrialState.WAITING).order_by(FilterRescan.id)
    rescan = db.session.scalars(waiting.limit(1)).first()
    if rescan is None:
        return False
    rule = db.session.get_one(FilterRule, rescan.rule_id)
    begun = _Begun(rescan.id, rescan.after, rule.version)
    if rule.state is not FilterState.LIVE or not rule.entries:
        rescan.state, rescan.done_at, rescan.problem = TrialState.FAILED, now(), "The rule does nothing any more."
        db.session.commit()
        return True
    view = RuleView.of(rule)
    look = _look_at_files if view.kind is FilterKind.FILES else _look_at_pictures
    batch = look(view, begun.after)
    db.session.rollback()
    _settle(begun, view, batch)
    db.session.commit()
    return True


def _settle(begun: _Begun, view: RuleView, batch: _Batch) -> None:
    """Write down what a batch brought, unless somebody was quicker, or the list has learnt something meanwhile."""
    rule = db.session.get(FilterRule, view.id, with_for_update=True, populate_existing=True)
    rescan = db.session.get(FilterRescan, begun.rescan_id, with_for_update=True, populate_existing=True)
    if rule is None or rescan is None or rescan.state is not TrialState.WAITING:
        return
    if (rescan.after, rule.version) != (begun.after, begun.rule_version):
        return
    for thing_id, find in batch.found.items():
        rescan.found += _take_up(view, thing_id, find)
    rescan.looked += batch.looked
    rescan.skipped += batch.skipped
    if batch.last is None:
        rescan.state, rescan.done_at = TrialState.DONE, now()
    else:
        rescan.after = batch.last


def _look_at_files(view: RuleView, after: UUID | None) -> _Batch:
    """The next files of media, by what their rows say of them."""
    query = select(Version.id, Version.sha256, Version.medium_id).where(Version.sha256.is_not(None))
    query = query.where(Version.id > after) if after is not None else query
    rows = db.session.execute(query.order_by(Version.id).limit(BATCH)).all()
    known = {digest for _rule, digest in hash_lists.find_files([row.sha256 for row in rows], {view.id: view})}
    finds = {digest: Find.of(view, field="file", term=digest, read_as=digest) for digest in known}
    return _Batch(
        looked=len(rows), last=rows[-1].id if len(rows) == BATCH else None,
        found={row.medium_id: finds[row.sha256] for row in rows if row.sha256 in finds},
    )  # fmt: skip


def _look_at_pictures(view: RuleView, after: UUID | None) -> _Batch:
    """The next pictures; of some of them it has to be worked out first what they look like."""
    query = select(Picture).order_by(Picture.id).limit(BATCH)
    pictures = db.session.scalars(query.where(Picture.id > after) if after is not None else query).all()
    db.session.expunge_all()
    db.session.rollback()
    batch, worked_out = _Batch(), 0
    hashes: dict[UUID, bytes] = {}
    for picture in pictures:
        if picture.pdq is None and worked_out == MOST_WORKED_OUT:
            break
        pdq = picture.pdq if picture.pdq is not None else _work_out(picture)
        worked_out += picture.pdq is None
        batch.looked += 1
        batch.skipped += pdq is None
        batch.last = picture.id
        hashes.update({picture.id: pdq} if pdq else {})
    batch.found = {picture_id: find for picture_id, pdq in hashes.items() if (find := _find(view, pdq)) is not None}
    if batch.looked == len(pictures) and len(pictures) < BATCH:
        batch.last = None
    return batch


def _find(view: RuleView, pdq: bytes) -> Find | None:
    for _rule, known, bits in hash_lists.find_pictures(pdq, {view.id: view}):
        return Find.of(view, field="picture", term=known, read_as=f"{pdq.hex()}, {bits} bits away")
    return None


def _work_out(picture: Picture) -> bytes | None:
    """What a picture looks like, kept with it; None where its file is not there or cannot be read. Commits."""
    try:
        with _fetched(picture) as path:
            pdq = pdq_of(path) or b""
    except (FileNotFoundError, MediaError) as error:
        log.warning("picture_not_looked_at", picture=str(picture.id), error=f"{type(error).__name__}: {error}")
        return None
    db.session.execute(update(Picture).where(Picture.id == picture.id).values(pdq=pdq))
    db.session.commit()
    return pdq


@contextmanager
def _fetched(picture: Picture) -> Iterator[Path]:
    """The file by which pictures are compared, on this machine's disk.

    Raises:
        FileNotFoundError: it is not there.
    """
    with tempfile.TemporaryDirectory(prefix="rescan-") as folder:
        path = Path(folder) / "picture.jpg"
        path.write_bytes(storage().read_bytes(picture.plain_key))
        yield path


def _take_up(view: RuleView, thing_id: UUID, find: Find) -> bool:
    """Let what was found go the usual way; says whether anything was new about it."""
    if view.kind is FilterKind.FILES:
        medium = db.session.get(Medium, thing_id)
        return medium is not None and _write_down(view, medium, find, files=(find.term,))
    picture = db.session.get(Picture, thing_id)
    thing = shown.find_things([thing_id]).get(thing_id)
    if picture is None or thing is None:
        return False
    try:
        with _fetched(picture) as path:
            return _write_down(view, thing, find, pictures=(path,))
    except FileNotFoundError:  # it has just been moved: it is found the next time
        return False


def _write_down(
    view: RuleView, thing: Gated, find: Find, *, files: Sequence[str] = (), pictures: Sequence[Path] = ()
) -> bool:
    kind = _SHOWN[thing.kind] if isinstance(thing, Shown) else _kind_of(thing)
    author = db.session.get(User, thing.owner_id)
    if not view.is_for(kind) or (view.whom is Whom.NEW and not newcomers.is_new(author)):
        return False
    sample = Sample(kind=kind, author=author, files=files, pictures=pictures, subject_id=thing.id)
    if _is_known(sample, find):
        return False
    reference = filter_hits.new_reference()
    verdict = Verdict(answer=find.answer, sample=sample, reference=reference, finds=(find,))
    filter_hits.write_down(verdict, thing.id, [find], holds_people=True)
    filter_hits.count_finds([find])
    return True


def _kind_of(thing: Gated) -> Screened:
    return Screened.MEDIUM if isinstance(thing, Medium) else Screened.SET


def _is_known(sample: Sample, find: Find) -> bool:
    """Whether this was found in this thing before, and so waits, was decided, or was let through."""
    said: list[Mapping[str, str]] = [{"rule_id": str(find.rule_id), "read_as": find.read_as}]
    same = or_(FilterHit.digest == sample.digest, FilterHit.finds.contains(said))
    about = (FilterHit.kind == sample.kind, FilterHit.subject_id == sample.subject_id)
    return db.session.scalar(select(FilterHit.id).where(*about, same).limit(1)) is not None
