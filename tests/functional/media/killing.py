"""A film whose workers and encoders are killed at chosen steps, and what must be true of it in the end."""

import random
import time
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select, update

from app.core.clock import now
from app.media.models import EncodedChunk, MediumState, Rendition, RenditionState, Task, TaskKind, TaskState, Version
from tests.functional.media.studio import Studio
from tests.harness.worker_process import WorkerProcesses, kill, kill_encoder

Step = tuple[TaskKind, int]
WHOLE_S = 120
LATEST_S = 0.15
AN_ENCODER = 0.25


def make_under_fire(
    studio: Studio, workers: WorkerProcesses, public_id: str, steps: Sequence[Step], *, seed: int
) -> list[Step]:
    """Make a medium while whoever does one of ``steps`` is killed at a random moment; returns what was hit.

    Of four deaths three are workers', one is an encoder's.
    """
    chance, left = random.Random(seed), list(steps)  # noqa: S311 - when to kill, no secret
    hit: list[Step | None] = []
    worker, deadline = workers.start(), time.monotonic() + WHOLE_S
    while (state := studio.medium(public_id).state) is not MediumState.READY:
        assert state is MediumState.PROCESSING, _told(studio, hit)
        assert time.monotonic() < deadline, _told(studio, hit)
        for _ in range(20):
            step = _running(studio)
            if step in left:
                left.remove(step)
                time.sleep(chance.uniform(0, LATEST_S))
                if chance.random() < AN_ENCODER and kill_encoder(worker):
                    hit.append(step)
                else:
                    kill(worker)
                    hit.append(_running(studio))
                    worker = workers.start()
            time.sleep(0.005)
        studio.session.execute(update(Task).where(Task.not_before.is_not(None)).values(not_before=None))
        studio.session.commit()
    time.sleep(0.2)  # what the last one does after its commit
    kill(worker)
    return [one for one in hit if one is not None]


def _told(studio: Studio, hit: list[Step | None]) -> str:
    """What to say of a run that does not end."""
    rows = [f"{one.kind}-{one.position} {one.state} tries {one.attempts} deaths {one.deaths}: {one.failure_sentence}"
            for one in studio.tasks().values()]  # fmt: skip
    return "\n".join([f"hit {hit}", *rows])


def _running(studio: Studio) -> Step | None:
    studio.session.rollback()
    query = select(Task.kind, Task.position).where(Task.state == TaskState.RUNNING, Task.lease_expires_at > now())
    row = studio.session.execute(query.limit(1)).first()
    return (row[0], row[1]) if row else None


def it_is_whole_once(studio: Studio, public_id: str, *, chunks: int, stretches: int = 1) -> None:
    """One set of renditions, each piece once, every object named by a row and every row's object there."""
    version = studio.version(public_id)
    rows = studio.session.execute(
        select(Rendition.kind, Rendition.name, EncodedChunk.position, EncodedChunk.object_name)
        .join(EncodedChunk, EncodedChunk.rendition_id == Rendition.id)
        .where(Rendition.version_id == version.id)
    ).all()
    pieces = Counter((row.kind.value, row.name) for row in rows)
    assert {count for (kind, _), count in pieces.items() if kind == "video"} == {chunks}
    assert {count for (kind, _), count in pieces.items() if kind == "audio"} == {stretches}
    states = studio.session.scalars(select(Rendition.state).where(Rendition.version_id == version.id)).all()
    assert set(states) == {RenditionState.READY}
    named = {version.storage_prefix + name for name in version.own_names | {row.object_name for row in rows}}
    assert set(studio.objects(version.storage_prefix)) == named
    assert studio.session.scalars(select(Version.id).where(Version.medium_id == version.medium_id)).all() == [
        version.id
    ]
    said = studio.playback(public_id)
    for rung in {row.name for row in rows}:
        assert studio.text(said["hls"].replace("master", rung)).rstrip().endswith("#EXT-X-ENDLIST")
