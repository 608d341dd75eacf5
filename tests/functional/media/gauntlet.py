"""Sending hostile files the way that any file goes, and saying what became of them."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import delete, select, text

from app.extensions import db
from app.media.models import Medium, MediumState, Task, TaskKind, TaskState, Upload, UploadState
from tests.functional.media.studio import Studio
from tests.harness.canary import MARK, Canaries, programs_left
from tests.harness.payloads import Payload

SLOWEST_S = 60
"""No payload may take longer: far below every limit of the sandbox but the last resort."""


@dataclass
class Gauntlet:
    """What went wrong, and how long each payload took."""

    studio: Studio
    canaries: Canaries
    slowest_s: float = SLOWEST_S
    wrongs: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)

    def run(self, payloads: Iterable[Payload], *, only_inspect: bool = False) -> None:
        """Upload and make each payload, and look at the canaries after each."""
        for payload in payloads:
            started = time.monotonic()
            end = self._end_of(payload, only_inspect=only_inspect)
            self.ends[payload.what] = end
            self.seconds[payload.what] = time.monotonic() - started
            if end not in payload.ends:
                self.wrongs.append(f"{payload.what}: {end}, not {' or '.join(sorted(payload.ends))}")
            self.wrongs += [f"{payload.what}: {song}" for song in self.canaries.sung()]
            self.wrongs += [f"{payload.what}: still runs {program}" for program in programs_left()]
            if self.seconds[payload.what] > self.slowest_s:
                self.wrongs.append(f"{payload.what}: took {self.seconds[payload.what]:.0f} s")

    def _end_of(self, payload: Payload, *, only_inspect: bool) -> str:
        answer = self.studio.uploader.upload(payload.data, payload.filename)
        if answer.status_code != 200:
            return self._refusal(payload, answer)
        public_id = str(answer.json["medium"]["public_id"])
        if only_inspect:
            self._inspect(public_id)
        else:
            self._work_off(public_id)
        medium = self.studio.medium(public_id)
        if medium.state is MediumState.FAILED:
            sentence = self.studio.version(public_id).failure_sentence
            if not sentence or len(sentence) > 200 or "/" in sentence:
                self.wrongs.append(f"{payload.what}: the owner is told {sentence!r}")
            return "failed"
        return "ready" if only_inspect else medium.state.value

    def _inspect(self, public_id: str) -> None:
        """Do the first task alone, and spare the others."""
        self.studio.step()
        is_done = self.studio.tasks()[(TaskKind.INSPECT, 0)].state is TaskState.DONE
        if is_done:
            with self.studio.app.app_context():
                db.session.execute(delete(Task))
                db.session.commit()
        elif self.studio.medium(public_id).state is MediumState.PROCESSING:
            self._work_off(public_id)

    def _work_off(self, public_id: str) -> None:
        """Do every task, also those that wait for another try."""
        while True:
            self.studio.steps()
            if self.studio.medium(public_id).state is not MediumState.PROCESSING:
                return
            with self.studio.app.app_context():
                waiting = db.session.execute(
                    text("UPDATE tasks SET not_before = NULL WHERE state = 'queued' RETURNING id")
                )
                is_over = not waiting.all()
                db.session.commit()
            if is_over:
                return

    def _refusal(self, payload: Payload, answer: object) -> str:
        """Refused with a sentence, the upload closed, and no medium made."""
        status, said = getattr(answer, "status_code", 0), getattr(answer, "text", "")
        self.studio.session.rollback()
        upload = self.studio.session.scalars(select(Upload).order_by(Upload.id.desc()).limit(1)).one()
        if not 400 <= status < 500 or upload.state is not UploadState.FAILED or not upload.failure_reason:
            self.wrongs.append(f"{payload.what}: refused with {status} {said[:100]!r}, upload {upload.state}")
        if upload.medium_id is not None:
            self.wrongs.append(f"{payload.what}: refused, and yet there is a medium")
        return "refused"

    def look_at_everything_kept(self, *, is_done: bool = True) -> None:
        """No byte of a canary in any object or row, and nothing left where work is done."""
        for key in self.studio.objects():
            if MARK in self.studio.store.read_bytes(key) and not key.endswith(
                tuple(one.name for one in self.canaries.files)
            ):
                self.wrongs.append(f"a canary's bytes are in {key}")
        with self.studio.app.app_context():
            for table in db.metadata.sorted_tables:
                rows = db.session.execute(text(f'SELECT t::text FROM "{table.name}" t')).scalars()  # noqa: S608 - our own names
                self.wrongs += [f"a canary's bytes are in {table.name}" for row in rows if MARK.decode() in row]
            db.session.remove()
        self.studio.session.rollback()
        if not is_done:
            return
        unsettled = self.studio.session.scalars(
            select(Medium.title).where(Medium.state == MediumState.PROCESSING)
        ).all()
        if unsettled:
            self.wrongs.append(f"still processing: {unsettled}")
        if left := self.studio.leftovers():
            self.wrongs.append(f"left behind: {left}")
