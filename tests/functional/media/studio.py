"""Making media task by task, and looking at what came of it."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app.core.storage import Storage
from app.extensions import db
from app.media.making.runner import run_next_task
from app.media.models import Medium, Task, TaskKind, TaskState, Version
from tests.functional.media.uploader import Uploader
from tests.harness import work


class Studio:
    """An artist's uploads and the tasks that they make."""

    def __init__(self, app: Flask, session: Session, uploader: Uploader) -> None:
        self.app = app
        self.session = session
        self.uploader = uploader

    @property
    def store(self) -> Storage:
        """The application's storage."""
        storage: Storage = self.app.extensions["storage"]
        return storage

    def upload(self, path: Path, **more: Any) -> str:
        """Upload a recording; the medium's public id."""
        answer = self.uploader.upload(path.read_bytes(), path.name, **more)
        assert answer.status_code == 200, answer.text
        return str(answer.json["medium"]["public_id"])

    def make(self, path: Path, **more: Any) -> str:
        """Upload a recording and do all the work."""
        public_id = self.upload(path, **more)
        self.settle()
        return public_id

    def settle(self) -> None:
        """Do all the work that waits, through the outbox and the queues."""
        work.settle(self.app)

    def step(self) -> bool:
        """Do the most urgent task; says whether there was one."""
        with self.app.app_context():
            try:
                return run_next_task()
            finally:
                db.session.remove()

    def steps(self) -> None:
        """Do tasks, without queues, until none is free."""
        while self.step():
            pass

    def medium(self, public_id: str) -> Medium:
        """The medium as it is now."""
        self.session.expire_all()
        self.session.rollback()
        return self.session.scalars(select(Medium).where(Medium.public_id == public_id)).one()

    def versions(self, public_id: str) -> Sequence[Version]:
        """Its files, oldest first."""
        medium = self.medium(public_id)
        return self.session.scalars(
            select(Version).where(Version.medium_id == medium.id).order_by(Version.number)
        ).all()

    def version(self, public_id: str) -> Version:
        """Its newest file."""
        return self.versions(public_id)[-1]

    def tasks(self) -> dict[tuple[TaskKind, int], Task]:
        """Every task by kind and position, of the newest file that has it."""
        self.session.expire_all()
        self.session.rollback()
        return {(task.kind, task.position): task for task in self.session.scalars(select(Task).order_by(Task.id))}

    def states(self) -> set[TaskState]:
        """The states that tasks are in."""
        return {task.state for task in self.tasks().values()}

    def objects(self, prefix: str = "") -> list[str]:
        """The keys of stored objects."""
        prefixes = [prefix] if prefix else ["originals/", "media/", "pictures/", "public/"]
        return [one.key for each in prefixes for one in self.store.list_objects(each)]

    def leftovers(self) -> list[str]:
        """What lies in the folder where work is done."""
        folder = self.app.config["SETTINGS"].data_dir / "work"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def playback(self, public_id: str) -> dict[str, Any]:
        """What the owner's player is told."""
        answer = self.uploader.browser.get(f"/media/{public_id}/playback")
        assert answer.status_code == 200
        return dict(answer.json or {})

    def text(self, url: str) -> str:
        """What the owner's player reads at an address."""
        answer = self.uploader.browser.get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        return answer.text


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application on a port of this machine, for programs that are no test clients."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def decoded_frames(url: str, stream: str, *, first_s: float | None = None) -> list[int]:
    """The time stamps, in the stream's own clock, of every frame that ffmpeg decodes from an address.

    ``first_s`` ends it after so many seconds: at the end of a playlist that still grows, ffmpeg waits for more.

    Debian's ffmpeg where there is one, whose HLS reader is another than the one that made the files.
    """
    program = shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()
    limit = [] if first_s is None else ["-t", str(first_s)]
    command = [program, "-v", "error", "-i", url, "-map", stream, *limit, "-f", "framecrc", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    complaints = [line for line in done.stderr.splitlines() if "Cannot reuse HTTP connection" not in line]
    assert not complaints, complaints
    return [int(found[1]) for found in re.finditer(r"^0,\s*-?\d+,\s*(-?\d+),", done.stdout, re.MULTILINE)]
