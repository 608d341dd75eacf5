"""A place that is changed and looked after while every process that does it is killed at random."""

import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.orm import Session

from app.core import ids
from app.core.ids import secret, uuid7
from app.core.storage import Storage
from app.extensions import Model, db
from app.media import jobs
from app.media.models import Caption, Chapter, EncodedChunk, Medium, Rendition, Task, Version, VersionState
from app.media.upkeep import originals, remakes
from app.operations import errands
from app.operations.spine import ring_for_free_tasks
from tests.factories import media_files
from tests.functional.media.studio import Studio
from tests.harness import work

AT_ONCE = ("--older-than", "0")


def short_sound() -> Path:
    """Half a second of a tone, MP3."""
    return media_files._from_ffmpeg("half-a-second.mp3", "-t", "0.5", "-i", media_files.sound("mp3"), "-c", "copy")


def copy_medium(session: Session, store: Storage, original: Medium, count: int) -> None:
    """``count`` more media like a finished one, with objects of their own: making each would take minutes."""
    version = session.get_one(Version, original.version_id)
    for number in range(count):
        medium_id, version_id, key = uuid7(), uuid7(), secret()
        _copy(session, original, id=medium_id, public_id=ids.public_id(), slug=f"copy-{number}", version_id=None)
        prefix = version.storage_prefix.replace(version.delivery_key, key)
        values = {"medium_id": medium_id, "delivery_key": key, "original_key": f"originals/{secret()}"}
        _copy(session, version, id=version_id, **values)
        session.execute(
            text("UPDATE media SET version_id = :version WHERE id = :medium"),
            {"version": version_id, "medium": medium_id},
        )
        store.copy_prefix(version.storage_prefix, prefix)
        store.copy_prefix(version.original_key, values["original_key"])  # type: ignore[arg-type]
        for rendition in session.scalars(select(Rendition).where(Rendition.version_id == version.id)).all():
            rendition_id = uuid7()
            _copy(session, rendition, id=rendition_id, version_id=version_id)
            for chunk in session.scalars(select(EncodedChunk).where(EncodedChunk.rendition_id == rendition.id)).all():
                _copy(session, chunk, id=uuid7(), rendition_id=rendition_id)
        for task in session.scalars(select(Task).where(Task.version_id == version.id)).all():
            _copy(session, task, id=uuid7(), version_id=version_id)
        for thing in (Caption, Chapter):
            for row in session.scalars(select(thing).where(thing.medium_id == original.id)).all():
                also = {"version_id": version_id} if isinstance(row, Caption) else {}
                _copy(session, row, id=uuid7(), medium_id=medium_id, **also)
    session.commit()


def _copy(session: Session, row: Model, **changes: Any) -> None:
    columns = [column for column in row.__table__.columns if column.computed is None]
    names = {column.key: inspect(type(row)).get_property_by_column(column).key for column in columns}
    values = {column: getattr(row, name) for column, name in names.items()}
    session.execute(insert(type(row)).values({**values, **changes}))


class Place:
    """An installation whose commands, jobs and workers are children of this process, each killed or not."""

    def __init__(self, studio: Studio, *, seed: int) -> None:
        self.studio = studio
        self.app: Flask = studio.app
        self.chance = random.Random(seed)  # noqa: S311 - which to kill, and when
        self.happened: Counter[str] = Counter()
        self.deleted: set[str] = set()

    def media(self) -> list[str]:
        """The public ids of what is there."""
        self.studio.session.rollback()
        return list(self.studio.session.scalars(select(Medium.public_id).order_by(Medium.id)))

    def change(self) -> None:
        """One random thing that an artist or an operator does."""
        acts = [self.replace, self.delete, self.reprocess, self.prune, self.move_originals, self.look]
        act = self.chance.choices(acts, [3, 2, 3, 2, 2, 1])[0]
        self.happened[act.__name__] += 1
        act()
        self.child(self.do_work, longest_s=1.5, name="worker")

    def replace(self) -> None:
        """A new file for a work; making it is the workers' business."""
        self.studio.upload(short_sound(), replaces=self.chance.choice(self.media()))

    def delete(self) -> None:
        """Gone for good."""
        public_id = self.chance.choice(self.media())
        self.deleted.add(public_id)
        answer = self.studio.uploader.browser.submit(f"/studio/media/{public_id}/delete", {"confirm": "y"})
        assert answer.status_code == 303

    def reprocess(self) -> None:
        """Some, or everything."""
        if self.chance.random() < 0.1:
            self.command("reprocess", "--cancel")
        for public_id in self.chance.sample(self.media(), 2):
            self.command("reprocess", "--medium", public_id)

    def prune(self) -> None:
        """As one would by night."""
        self.command("prune", "--yes")

    def move_originals(self) -> None:
        """Some go, some come back."""
        versions = self.studio.session.scalars(select(Version).where(Version.state == VersionState.READY)).all()
        for version in self.chance.sample(list(versions), min(5, len(versions))):
            key = version.original_key
            away, back = partial(originals._chill, key, timedelta(0)), partial(originals.bring_back, key)
            self.child(self.chance.choice([away, back]), longest_s=0.15, name="mover")

    def look(self) -> None:
        """Verify, killed or not, changes nothing."""
        self.command("verify")

    def command(self, *arguments: str) -> None:
        """``flask media …`` in a process that may not see its end."""
        self.child(lambda: self.app.test_cli_runner().invoke(args=["media", *arguments]), longest_s=0.6, name="command")

    def do_work(self) -> None:
        """What spine and workers do, until nothing waits."""
        jobs.begin_remakes()
        jobs.drop_retired()
        ring_for_free_tasks()
        db.session.remove()
        work.settle(self.app, failures=True)

    def child(self, act: Callable[[], Any], *, longest_s: float, name: str) -> None:
        """Do ``act`` in a child of this process; kill it after a random time, if it takes so long."""
        self._wait(self._fork(act), self.chance.uniform(0.005, longest_s), name)

    def come_to_rest(self, longest_s: float) -> None:
        """Leases run out, errands are rung for again, and everything is done without a kill."""
        over_at, waiting = time.monotonic() + longest_s, [""]
        while time.monotonic() < over_at:
            with self.app.app_context():
                db.session.execute(text("UPDATE tasks SET lease_expires_at = now() WHERE state = 'running'"))
                db.session.execute(text("UPDATE tasks SET not_before = NULL"))
                db.session.execute(text("UPDATE outbox SET delivered_at = now() - interval '1 hour', attempts = 0"))
                db.session.execute(
                    text("UPDATE versions SET retired_at = now() - interval '9 days' WHERE retired_at > '1900-01-01'")
                )
                errands.ring_again()
                db.session.commit()
                db.session.remove()
            self._wait(self._fork(self.do_work), longest_s, "last")
            waiting = self._what_waits()
            if not waiting:
                return
        raise AssertionError(f"It does not come to rest: {waiting}")

    def _what_waits(self) -> list[str]:
        """What is not done yet, in words for whoever looks for the reason."""
        with self.app.app_context():
            progress = remakes.find_progress()
            unfinished = (Version.state == VersionState.PROCESSING) | Version.retired_at.is_not(None)
            versions = db.session.execute(select(Version.medium_id, Version.number, Version.state).where(unfinished))
            entries = db.session.execute(text("SELECT name, payload::text FROM outbox WHERE finished_at IS NULL"))
            said = [str(tuple(row)) for rows in (versions, entries) for row in rows]
            db.session.remove()
        return said + ([f"{progress.waiting} wishes"] if progress.waiting else [])

    def is_clean(self) -> str:
        """What verify says once prune was there; "" for nothing."""
        runner = self.app.test_cli_runner()
        pruned = runner.invoke(args=["media", "prune", "--yes", *AT_ONCE])
        self.happened["pruned in the end"] = len(pruned.output.splitlines()) - 1
        result = runner.invoke(args=["media", "verify", "--deep", *AT_ONCE])
        return "" if result.exit_code == 0 else result.output

    def all_play(self) -> list[str]:
        """The media that do not play to the end of their first playlist; it should be none."""
        silent = []
        for public_id in self.media():
            said = self.studio.playback(public_id)
            browser = self.studio.uploader.browser
            urls = [said["hls"], said["progressive"], said["peaks"]]
            if not all(url and browser.get(url).status_code == 200 for url in urls):
                silent.append(public_id)
        return silent

    def _fork(self, act: Callable[[], Any]) -> int:
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            with self.app.app_context():
                db.engine.dispose(close=False)  # the sockets belong to the parent
                act()
            code = 0
        except BaseException:  # noqa: BLE001 - a child must not go on as a test run
            traceback.print_exc()
        finally:
            os._exit(code)

    def _wait(self, pid: int, longest_s: float, name: str) -> None:
        over_at = time.monotonic() + longest_s
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > over_at:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                self.happened[f"{name} killed"] += 1
                return
            time.sleep(0.005)
        self.happened[f"{name} ended"] += 1


def run(studio: Studio, *, media: int, changes: int, seed: int, rest_s: float = 120) -> Place:
    """A place of so many media, changed so often, at rest again."""
    public_id = studio.make(short_sound())
    copy_medium(studio.session, studio.store, studio.medium(public_id), media - 1)
    place = Place(studio, seed=seed)
    for _ in range(changes):
        place.change()
    place.come_to_rest(rest_s)
    return place


def ids_of(studio: Studio) -> set[UUID]:
    """The ids of all media."""
    studio.session.rollback()
    return set(studio.session.scalars(select(Medium.id)))
