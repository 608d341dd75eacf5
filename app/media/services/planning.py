"""The plan: which renditions a file becomes and which tasks make them, written down once the file was looked at."""

from fractions import Fraction

from sqlalchemy import select

from app.core.events import publish
from app.core.ids import uuid7
from app.extensions import db
from app.media.engine import ladder
from app.media.engine.streams import Probe
from app.media.events import TasksWaiting
from app.media.models import Kind, Rendition, Task, TaskKind, Version
from app.media.records import to_record
from app.media.services.tasks import urgency_of


def plan_version(version: Version, probe: Probe, *, as_video: bool, max_height: int) -> None:
    """Write the renditions and the tasks of a version whose file is known. A second plan changes nothing.

    ``max_height`` caps the ladder (the owner's limit, in pixels of the short side).
    """
    if db.session.scalar(select(Rendition.id).where(Rendition.version_id == version.id).limit(1)) is not None:
        return
    tasks: list[Task] = []
    position = 0
    if as_video and probe.video is not None:
        for rung in ladder.video_rungs(probe.video, max_height=max_height):
            _add_rendition(version, Kind.VIDEO, rung.name, rung, position)
            position += 1
        rate = ladder.grid_rate(Fraction(probe.video.frame_rate))
        spans = ladder.chunk_spans(probe.video.duration_ms, rate)
        tasks += [_task(version, TaskKind.VIDEO, span.index, to_record(span)) for span in spans]
        tasks += [_task(version, TaskKind.PICTURES), _task(version, TaskKind.STORYBOARD)]
    if probe.audio is not None:
        for sound in ladder.audio_rungs(probe.audio):
            _add_rendition(version, Kind.AUDIO, f"aac-{sound.name}", sound, position)
            position += 1
        tasks += [_task(version, TaskKind.AUDIO), _task(version, TaskKind.WAVEFORM)]
    db.session.add_all(tasks)
    publish(TasksWaiting(version_id=version.id, count=len(tasks)))


def plan_progressive(version: Version) -> None:
    """Write the last task of a film: one plain file of the chunks and the sound, now that all are there."""
    db.session.add(_task(version, TaskKind.PROGRESSIVE))
    publish(TasksWaiting(version_id=version.id, count=1))


def _add_rendition(version: Version, kind: Kind, name: str, rung: object, position: int) -> None:
    db.session.add(
        Rendition(id=uuid7(), version_id=version.id, kind=kind, name=name, rung=to_record(rung), position=position)
    )


def _task(version: Version, kind: TaskKind, position: int = 0, span: dict[str, object] | None = None) -> Task:
    return Task(
        id=uuid7(), version_id=version.id, kind=kind, position=position, span=span, urgency=urgency_of(kind, position)
    )
