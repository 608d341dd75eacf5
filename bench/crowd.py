"""A crowd for the bench: people who are logged in, one work that all of them turn to, and who waits for whom."""

import hashlib
import os
import secrets
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

import psycopg
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import insert, select

from app import create_app
from app.accounts.login import TOKEN
from app.accounts.models import User
from app.accounts.services import sessions
from app.core.ids import uuid7
from app.extensions import db
from app.media.models import Medium
from bench.site import Site
from config import load_settings

LOOK_EVERY_S = 0.02
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() "
    "AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True)
class Member:
    """Someone with an open session, and what their browser sends with a form."""

    id: UUID
    cookie: str
    csrf: str


class Crowd:
    """The application of a bench's site in this process, with ``size`` people who are logged in."""

    def __init__(self, site: Site, size: int) -> None:
        self.settings = load_settings(site.environment)
        self.app: Flask = create_app(self.settings)
        with self.app.app_context():
            self.members = [self._log_in(db.session.get_one(User, one)) for one in self._add_people(size)]
            db.session.commit()
            self.medium = db.session.scalars(select(Medium).where(Medium.listed).limit(1)).one()
            db.session.expunge_all()

    def database_url(self) -> str:
        """As psycopg takes it."""
        return self.settings.database_url.replace("postgresql+psycopg", "postgresql")

    def _add_people(self, size: int) -> list[UUID]:
        ids, mark = [uuid7() for _ in range(size)], secrets.token_hex(3)
        rows = [
            {"id": one, "username": f"c{mark}_{number}", "username_key": f"c{mark}_{number}", "email": f"{one}@x.test",
             "email_key": f"{one}@x.test", "password_digest": b"-", "display_name": f"Member {number}"}
            for number, one in enumerate(ids)
        ]  # fmt: skip
        db.session.execute(insert(User), rows)
        return ids

    def _log_in(self, user: User) -> Member:
        _row, token = sessions.begin_session(user, remembered=True, user_agent="bench", address="127.0.0.1")
        kept = {TOKEN: token, "csrf_token": hashlib.sha256(os.urandom(16)).hexdigest()}
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]  # Flask's cookies
        csrf = URLSafeTimedSerializer(self.settings.secret_key, salt="wtf-csrf-token").dumps(kept["csrf_token"])
        return Member(user.id, f"{self.app.config['SESSION_COOKIE_NAME']}={serializer.dumps(kept)}", str(csrf))


class LockWatch:
    """Within its block, looks fifty times a second whether a statement waits for another's lock.

    Attributes:
        seen: at how many looks somebody waited.
        looks: how many there were.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.seen = self.looks = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join()

    def _watch(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._ends.is_set():
                row = connection.execute(WAITING).fetchone()
                self.seen += bool(row and row[0])
                self.looks += 1
                time.sleep(LOOK_EVERY_S)
