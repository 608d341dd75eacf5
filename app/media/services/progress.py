"""How far the making is: renditions from their chunks, the version from its tasks, the medium from its version."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update

from app.core.clock import now
from app.core.events import publish
from app.extensions import db
from app.media.errors import LeaseLost
from app.media.events import MediumChanged, VersionFinished
from app.media.models import (
    Caption,
    EncodedChunk,
    Kind,
    Medium,
    MediumState,
    Rendition,
    RenditionState,
    Task,
    TaskKind,
    TaskState,
    Version,
    VersionState,
)
from app.media.services import belongings, planning, publishing, removal

ENCODING_KINDS = {Kind.VIDEO: TaskKind.VIDEO, Kind.AUDIO: TaskKind.AUDIO}


def lock_making(medium_id: UUID, version_id: UUID) -> Version | None:
    """Lock a medium, then its version, until the transaction ends; None where either is gone.

    Everyone takes the locks in this order, medium, version, task, rendition, which is also a deletion's. Two who took
    them in different orders would wait for each other until PostgreSQL ended one.
    """
    if db.session.get(Medium, medium_id, with_for_update=True, populate_existing=True) is None:
        return None
    return db.session.get(Version, version_id, with_for_update=True, populate_existing=True)


def lock_version(version_id: UUID) -> None:
    """Lock a version until the transaction ends, before its tasks and renditions are touched.

    Raises:
        LeaseLost: it is gone, and the work on it in vain.
    """
    if db.session.scalar(select(Version.id).where(Version.id == version_id).with_for_update()) is None:
        raise LeaseLost


def derive_renditions(version_id: UUID) -> None:
    """Set every rendition's state and progress from the tasks that make it."""
    kinds = list(ENCODING_KINDS.values())
    tasks = db.session.execute(
        select(Task.kind, Task.state, Task.progress_pct).where(Task.version_id == version_id, Task.kind.in_(kinds))
    ).all()
    for kind, task_kind in ENCODING_KINDS.items():
        of_kind = [(state, percent) for one, state, percent in tasks if one is task_kind]
        if of_kind:
            db.session.execute(
                update(Rendition)
                .where(Rendition.version_id == version_id, Rendition.kind == kind)
                .values(state=_rendition_state([state for state, _ in of_kind]), progress_pct=_percent(of_kind))
                .execution_options(synchronize_session=False)
            )


def settle(version: Version) -> None:
    """After a task ended: is there something to play now, is everything done, has it failed?

    The medium and the version are locked (see ``lock_making``).
    """
    derive_renditions(version.id)
    tasks = db.session.scalars(select(Task).where(Task.version_id == version.id)).all()
    medium = db.session.get(Medium, version.medium_id, with_for_update=True, populate_existing=True)
    if medium is None:
        return
    failed = any(task.state is TaskState.FAILED for task in tasks)
    whole = all(task.state is TaskState.DONE for task in tasks) and not _needs_progressive(tasks)
    if version.playable_at is None and (whole if version.is_remake else _is_playable(medium, tasks)):
        _take_over(medium, version, failed=failed)
    if failed:
        _fail(medium, version, tasks)
    elif _needs_progressive(tasks):
        planning.plan_progressive(version)
    elif whole:
        _finish(medium, version)
    publishing.refresh_listed(medium)
    publish(MediumChanged(public_id=medium.public_id))


def wait_again(version: Version) -> None:
    """A failed task was put back: the version is being made again."""
    version.state, version.failure_sentence, version.finished_at = VersionState.PROCESSING, None, None
    medium = db.session.get(Medium, version.medium_id, with_for_update=True, populate_existing=True)
    if medium is not None and medium.state is MediumState.FAILED:
        medium.state = MediumState.PROCESSING
    derive_renditions(version.id)


def percent_done(tasks: Sequence[Task]) -> int:
    """How much of all tasks is done, each weighing the same but the encoding ones, which take nearly all the time."""
    if not tasks:
        return 0
    weights = {TaskKind.VIDEO: 10, TaskKind.AUDIO: 3}
    total = sum(weights.get(task.kind, 1) for task in tasks)
    return sum(weights.get(task.kind, 1) * task.progress_pct for task in tasks) // total


def _rendition_state(states: Sequence[TaskState]) -> RenditionState:
    if all(state is TaskState.DONE for state in states):
        return RenditionState.READY
    if any(state is TaskState.FAILED for state in states):
        return RenditionState.FAILED
    if any(state in {TaskState.RUNNING, TaskState.DONE} for state in states):
        return RenditionState.ENCODING
    return RenditionState.QUEUED


def _percent(tasks: Sequence[tuple[TaskState, int]]) -> int:
    return sum(100 if state is TaskState.DONE else percent for state, percent in tasks) // len(tasks)


def _is_playable(medium: Medium, tasks: Sequence[Task]) -> bool:
    """A recording plays when its plain file is there; a film when its first chunk is, and that of its sound if any."""
    done = {(task.kind, task.position) for task in tasks if task.state is TaskState.DONE}
    stretches = sum(task.kind is TaskKind.AUDIO for task in tasks)
    if medium.kind is Kind.AUDIO:
        return (TaskKind.AUDIO if stretches == 1 else TaskKind.PROGRESSIVE, 0) in done
    return (TaskKind.VIDEO, 0) in done and (not stretches or (TaskKind.AUDIO, 0) in done)


def _needs_progressive(tasks: Sequence[Task]) -> bool:
    """A film, or a recording in several stretches, gets its plain file when every piece of it is done."""
    kinds = [task.kind for task in tasks]
    in_pieces = TaskKind.VIDEO in kinds or kinds.count(TaskKind.AUDIO) > 1
    encoded = all(task.state is TaskState.DONE for task in tasks if task.kind in ENCODING_KINDS.values())
    return in_pieces and encoded and TaskKind.PROGRESSIVE not in kinds


def _take_over(medium: Medium, version: Version, *, failed: bool) -> None:
    """The version plays from now on, unless a newer one already does. One that failed does not push a whole one out."""
    playing = db.session.get(Version, medium.version_id) if medium.version_id else None
    if playing is not None and failed:
        return
    version.playable_at = now()
    if playing is None or playing.number < version.number:
        _play(medium, version)


def _play(medium: Medium, version: Version) -> None:
    medium.version_id, medium.duration_ms = version.id, version.duration_ms
    medium.bars = version.bars or medium.bars


def _fall_back(medium: Medium, version: Version) -> None:
    """Where a replacement began to play and then failed, what it replaced plays again; a retry starts over."""
    query = select(Version).where(
        Version.medium_id == medium.id, Version.number < version.number, Version.state == VersionState.READY
    )
    before = db.session.scalar(query.order_by(Version.number.desc()).limit(1))
    if before is not None:
        _play(medium, before)
        version.playable_at = None


def _finish(medium: Medium, version: Version) -> None:
    if version.state is VersionState.READY:
        return
    version.state, version.finished_at = VersionState.READY, now()
    if medium.state is not MediumState.REMOVED:
        medium.state = MediumState.READY
    earlier = select(Version).where(Version.medium_id == medium.id, Version.number < version.number)
    if version.is_remake:
        _retire(version, db.session.scalars(earlier).all())
    else:
        if belongings.replaces_a_whole(version):
            belongings.fill_in(medium, version)
        removal.drop_versions(db.session.scalars(earlier).all())
    publish(VersionFinished(version_id=version.id))


def _retire(remake: Version, earlier: Sequence[Version]) -> None:
    """What a remake takes the place of stays for a grace, so that whoever plays it comes to its end.

    Its text tracks, as people left them, go over to the remake. Remakes that failed before go at once.
    """
    whole = [old for old in earlier if old.state is VersionState.READY]
    for old in whole:
        old.retired_at = old.retired_at or now()
    db.session.execute(
        update(Caption).where(Caption.version_id.in_([old.id for old in whole])).values(version_id=remake.id)
    )
    removal.drop_versions([old for old in earlier if old not in whole])


def _fail(medium: Medium, version: Version, tasks: Sequence[Task]) -> None:
    """A failed task fails the version, and the medium where nothing whole is there; what can be played stays so."""
    version.state = VersionState.FAILED
    version.failure_sentence = next(task.failure_sentence for task in tasks if task.state is TaskState.FAILED)
    if medium.version_id == version.id:
        _fall_back(medium, version)
    if medium.version_id in {None, version.id} and medium.state is not MediumState.REMOVED:
        medium.state = MediumState.FAILED
    publish(VersionFinished(version_id=version.id))


def count_chunks(version_id: UUID) -> int:
    """How many objects the version's renditions have."""
    query = select(func.count()).select_from(EncodedChunk).join(Rendition).where(Rendition.version_id == version_id)
    return db.session.scalar(query) or 0
