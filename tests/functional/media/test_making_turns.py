"""Whose turn it is: what plays first, of everyone; nobody's many files before somebody's one."""

import dataclasses
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.ids import uuid7
from app.extensions import db
from app.media.engine.detect import detect
from app.media.engine.probe import probe as probe_file
from app.media.models import Medium, Task, TaskKind, TaskState, Version, VersionState
from app.media.services import planning, tasks
from tests.factories import media_files
from tests.functional.media import recordings

Make = Callable[..., Medium]


class Queue:
    """Files in the making, and in which order workers are given their tasks."""

    def __init__(self, app: Flask, session: Session, make_medium: Make, song: Any, film: Any) -> None:
        self.app, self.session, self.make_medium = app, session, make_medium
        self.probes = {"song": song, "film": film}
        self.names: dict[UUID, str] = {}

    def bring(self, owner: User, name: str, kind: str = "song") -> None:
        """A file of ``owner`` that was looked at, and whose tasks are written."""
        medium = self.make_medium(owner, "audio" if kind == "song" else "video", "processing", with_version=False)
        version = Version(
            id=uuid7(), medium_id=medium.id, number=1, delivery_key=name, original_key=name, original_name=name,
            size_bytes=1, state=VersionState.PROCESSING,
        )  # fmt: skip
        self.session.add(version)
        self.session.commit()
        self.names[version.id] = name
        with self.app.app_context():
            mine = db.session.get_one(Version, version.id)
            planning.plan_version(mine, self.probes[kind], as_video=kind == "film", max_height=1080)
            db.session.commit()

    def order(self, most: int = 1000) -> list[tuple[str, TaskKind, int]]:
        """Take up to ``most`` tasks as one worker after the other does, each done before the next."""
        taken: list[tuple[str, TaskKind, int]] = []
        with self.app.app_context():
            while len(taken) < most and (claim := tasks.claim_task()) is not None:
                tasks.finish_task(claim)
                if not db.session.scalar(select(Task.id).where(
                    Task.version_id == claim.version_id, Task.state != TaskState.DONE
                ).limit(1)):  # fmt: skip
                    db.session.execute(
                        update(Version).where(Version.id == claim.version_id).values(state=VersionState.READY)
                    )
                db.session.commit()
                taken.append((self.names[claim.version_id], claim.kind, claim.position))
        return taken


@pytest.fixture
def queue(app: Flask, db_session: Session, make_medium: Make) -> Queue:
    """A queue with a song of seconds and a film of two hours to bring."""
    song, film = media_files.sound("mp3"), recordings.two_chunk_film()
    found = probe_file(film, detect(film))
    assert found.video is not None
    hours = dataclasses.replace(
        found, duration_ms=7_200_000, video=dataclasses.replace(found.video, duration_ms=7_200_000)
    )
    return Queue(app, db_session, make_medium, probe_file(song, detect(song)), hours)


def test_a_song_is_not_stuck_behind_a_long_film(queue: Queue, make_person: Callable[..., User]) -> None:
    person = make_person(role="artist")
    queue.bring(person, "film", "film")
    first = queue.order(3)
    assert first == [("film", TaskKind.PICTURES, 0), ("film", TaskKind.VIDEO, 0), ("film", TaskKind.AUDIO, 0)]
    queue.order(4)
    queue.bring(person, "song")
    assert queue.order(2) == [("song", TaskKind.AUDIO, 0), ("song", TaskKind.WAVEFORM, 0)], "although it came later"
    rest = queue.order()
    chunks = [position for _, kind, position in rest if kind is TaskKind.VIDEO]
    assert chunks == sorted(chunks), "and the film goes on in the order in which it is watched"


def test_the_sound_of_a_long_film_stays_ahead_of_its_picture(queue: Queue, make_person: Callable[..., User]) -> None:
    queue.bring(make_person(role="artist"), "film", "film")
    spans = {(task.kind, task.position): task.span for task in queue.session.scalars(select(Task)) if task.span}
    heard_ms = seen_ms = 0
    for _, kind, position in queue.order():
        span = spans.get((kind, position))
        if span is None:
            continue
        ends_ms = span["starts_at_ms"] + span["duration_ms"]
        if kind is TaskKind.AUDIO:
            heard_ms = ends_ms
        else:
            seen_ms = ends_ms
        if seen_ms > 6000:
            assert heard_ms >= min(seen_ms, 7_200_000) - 65_000
    assert seen_ms >= 7_200_000


def test_who_brings_fifty_files_starves_nobody_who_brings_one(queue: Queue, make_person: Callable[..., User]) -> None:
    many, one = make_person(role="artist"), make_person(role="artist")
    for number in range(50):
        queue.bring(many, f"many-{number}")
    queue.order(4)
    queue.bring(one, "one")
    order = [name for name, _, _ in queue.order(12)]
    assert order.index("one") <= 2, "it waits for what is being done, and not for forty-eight songs"
    assert len(set(order)) > 4, "and the others go on after it"


def test_many_films_of_one_person_get_less_than_twice_the_minutes_of_anothers_one(
    queue: Queue, make_person: Callable[..., User]
) -> None:
    many, one = make_person(role="artist"), make_person(role="artist")
    for number in range(4):
        queue.bring(many, f"many-{number}", "film")
    queue.bring(one, "one", "film")
    taken = queue.order(90)
    chunks = [name for name, kind, position in taken if kind is TaskKind.VIDEO and position]
    mine = chunks.count("one")
    assert mine >= len(chunks) / 3, f"{mine} of {len(chunks)}"
    assert chunks.count("many-0") >= mine - 2, "and its owner's first file goes on as well"


def test_a_claim_is_a_walk_along_one_index(queue: Queue, make_person: Callable[..., User]) -> None:
    person = make_person(role="artist")
    for number in range(4):
        queue.bring(person, f"film-{number}", "film")
    queue.session.execute(text("ANALYZE tasks"))
    queue.session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(queue.session.scalars(text(
        "EXPLAIN SELECT id FROM tasks WHERE (state = 'queued' AND (not_before IS NULL OR not_before <= now()))"
        " OR (state = 'running' AND lease_expires_at <= now())"
        " ORDER BY later, turn, urgency, id LIMIT 1 FOR UPDATE SKIP LOCKED"
    )))  # fmt: skip
    assert "ix_tasks_free" in plan
    assert "Sort" not in plan
