"""The plan: which renditions a file becomes and which tasks make them, written down once the file was looked at."""

from fractions import Fraction
from typing import Any

from sqlalchemy import select

from app.core.events import publish
from app.core.ids import uuid7
from app.extensions import db
from app.media.engine import ladder
from app.media.engine.streams import Probe
from app.media.engine.stretches import sound_stretches
from app.media.events import TasksWaiting
from app.media.models import Kind, Rendition, Task, TaskKind, Version
from app.media.records import to_record
from app.media.services import turns
from app.media.services.tasks import URGENCY

LONG_MS = 15 * 60_000
"""Of what is longer, what reads the whole file waits until some minutes can be played."""
AFTER_MINUTES = 5


def plan_version(
    version: Version, probe: Probe, *, as_video: bool, max_height: int, content: ladder.Content | None = None
) -> None:
    """Write the renditions and the tasks of a version whose file is known. A second plan changes nothing.

    ``max_height`` caps the ladder (the owner's limit, in pixels of the short side), ``content`` its bit rates.
    """
    if db.session.scalar(select(Rendition.id).where(Rendition.version_id == version.id).limit(1)) is not None:
        return
    plan = _Plan(version, probe.duration_ms)
    position = 0
    if as_video and probe.video is not None:
        for rung in ladder.video_rungs(probe.video, max_height=max_height, content=content):
            _add_rendition(version, Kind.VIDEO, rung.name, rung, position)
            position += 1
        rate = ladder.grid_rate(Fraction(probe.video.frame_rate))
        for span in ladder.chunk_spans(probe.video.duration_ms, rate):
            plan.add(TaskKind.VIDEO, span.index, to_record(span), at_ms=span.starts_at_ms)
        plan.add(TaskKind.PICTURES)
        plan.add(TaskKind.STORYBOARD)
    if probe.audio is not None:
        sounds = ladder.audio_rungs(probe.audio)
        for sound in sounds:
            _add_rendition(version, Kind.AUDIO, f"aac-{sound.name}", sound, position)
            position += 1
        with_picture = as_video and probe.video is not None
        for stretch in sound_stretches(probe.duration_ms, sounds[0].sample_rate_hz, with_picture=with_picture):
            plan.add(TaskKind.AUDIO, stretch.index, to_record(stretch), at_ms=stretch.starts_at_ms)
        plan.add(TaskKind.WAVEFORM)
    db.session.add_all(plan.tasks)
    publish(TasksWaiting(version_id=version.id, count=len(plan.tasks)))


def plan_inspection(version: Version) -> None:
    """Write the first task of a version: one look at its file."""
    turn = turns.first_turn(version)
    db.session.add(Task(id=uuid7(), version_id=version.id, kind=TaskKind.INSPECT, later=version.is_remake, turn=turn))
    publish(TasksWaiting(version_id=version.id, count=1))


def plan_progressive(version: Version) -> None:
    """Write the last task of a film or a long recording: one plain file, now that all its pieces are there."""
    plan = _Plan(version, version.duration_ms)
    plan.add(TaskKind.PROGRESSIVE)
    db.session.add_all(plan.tasks)
    publish(TasksWaiting(version_id=version.id, count=1))


class _Plan:
    """The tasks of one version, each with its turn: see ``turns``."""

    def __init__(self, version: Version, duration_ms: int) -> None:
        self.version = version
        self.is_long = duration_ms > LONG_MS
        self.tasks: list[Task] = []
        self._first = turns.first_turn(version)
        self._later, self._step = turns.later_turns(version)

    def add(self, kind: TaskKind, position: int = 0, span: dict[str, Any] | None = None, *, at_ms: int = 0) -> None:
        """Add a task for what begins ``at_ms`` into the medium."""
        whole_file = kind in {TaskKind.WAVEFORM, TaskKind.STORYBOARD, TaskKind.PROGRESSIVE}
        later = position > 0 or (self.is_long and whole_file) or self.version.is_remake
        minutes = AFTER_MINUTES if kind in {TaskKind.WAVEFORM, TaskKind.STORYBOARD} else at_ms // 60_000
        if kind is TaskKind.AUDIO:  # the sound of a minute before its picture
            minutes = max(0, minutes - 1)
        self.tasks.append(
            Task(
                id=uuid7(), version_id=self.version.id, kind=kind, position=position, span=span,
                urgency=URGENCY[kind], later=later, turn=self._later + minutes * self._step if later else self._first,
            )
        )  # fmt: skip


def _add_rendition(version: Version, kind: Kind, name: str, rung: object, position: int) -> None:
    db.session.add(
        Rendition(id=uuid7(), version_id=version.id, kind=kind, name=name, rung=to_record(rung), position=position)
    )
