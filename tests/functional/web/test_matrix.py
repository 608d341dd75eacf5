"""Every route, asked by everyone: what stands in matrix.txt is what is answered, and a route that is not in it fails.

All is asked of one state, in which ``artist`` owns whatever an address names; nothing that a request changes stays.
Forms are sent empty, with a good token. ``MATRIX=write`` writes the table anew: read each new line before you keep it.
"""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers
from werkzeug.routing import Rule

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db
from app.media.models import Version
from app.messaging.models import Conversation, Message, Participant
from tests.factories.comments import add_comment
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeMedium, MakePerson

TABLE = Path(__file__).with_name("matrix.txt")
WHO = ("anonymous", "listener", "artist", "other artist", "moderator", "admin", "suspended")
METHODS = ("GET", "POST")
NOBODYS = "00000000-0000-7000-8000-000000000000"
NEITHER = {"/static/<filename>"}  # Flask's own; and every method but those of the table is asked of nobody
LOG_IN, CONFIRM = "in", "up"

HEAD = f"""\
# Who is answered what. `{LOG_IN}`: asked to log in; `{CONFIRM}`: asked for a new proof of who they are; `go`: led on;
# else the status. `artist` owns what the address names, `other` is an artist, too; `susp` is a suspended listener.
# Nothing under a method: the route does not know it. Kept by test_matrix.py; read a new line before you keep it.
#
"""
TITLE = f"{'':64}{'GET':35}POST\n{'':64}" + "  ".join(["anon list arti othe mode admi susp "] * 2).rstrip() + "\n"


@dataclass(frozen=True)
class Asking:
    """Somebody's cookie, and the token that belongs to it."""

    cookie: str
    token: str


@dataclass(frozen=True)
class Names:
    """What stands in addresses: all of it is the artist's."""

    medium: str
    medium_slug: str
    set: str
    set_slug: str
    post: str
    comment: str
    talk: str
    key: str
    person: str

    def value(self, rule: Rule, argument: str) -> object:
        """What to put into an address for an argument; what nobody knows is some id that nothing has."""
        known = self._of_rule(rule.rule) | {
            "username": "artist", "talk_id": self.talk, "key": self.key, "pass_": "-", "user_id": self.person,
            "number": 1, "realm_slug": "music", "kind": "media", "act": "pin", "which": "avatar", "filename": "x",
        }  # fmt: skip
        converter = re.search(rf"<(?:(\w+)(?:\((.*?)\))?:)?{argument}>", rule.rule)
        kind, options = (converter[1], converter[2]) if converter else ("", "")
        if kind == "any":
            choices = [choice.strip(" '\"") for choice in options.split(",")]
            return known[argument] if known.get(argument) in choices else choices[0]
        if argument in known:
            return known[argument]
        return {"uuid": NOBODYS, "int": 1}.get(kind or "", "nothing-like-it")

    def _of_rule(self, rule: str) -> dict[str, str]:
        for beginning, names in (
            ("/sets/", {"public_id": self.set}), ("/studio/sets/", {"public_id": self.set}),
            ("/embed/sets/", {"public_id": self.set}), ("/posts/", {"public_id": self.post}),
            ("/comments/", {"public_id": self.comment}), ("/@<username>/sets/", {"slug": self.set_slug}),
            ("/@<username>/posts/", {"public_id": self.post}), ("/pictures/", {"name": "320.jpg"}),
            ("/media/public/", {"name": "master.m3u8"}), ("/media/restricted/", {"name": "master.m3u8"}),
            ("/sitemaps/", {"name": "people"}), ("/admin/rules/", {"slug": "hate"}),
        ):  # fmt: skip
            if rule.startswith(beginning):
                return names
        return {"public_id": self.medium, "slug": self.medium_slug}


@pytest.fixture
def names(make_person: MakePerson, make_medium: MakeMedium, db_session: Session) -> tuple[Names, dict[str, User]]:
    """The one state of which all is asked, and the people who ask."""
    artist = make_person(role="artist", username="artist")
    people = {
        "listener": make_person(username="listener"), "artist": artist,
        "other artist": make_person(role="artist", username="other"),
        "moderator": make_person(role="moderator", username="moderator"),
        "admin": make_person(role="admin", username="admin"),
        "suspended": make_person(username="suspended", standing="suspended"),
    }  # fmt: skip
    medium = make_medium(artist, "video", files=True, artwork=True, downloads_allowed=True)
    one = add_set(db_session, artist, [medium])
    post = add_post(db_session, artist, answers=("yes", "no"), closes_at=now() + timedelta(days=1))
    comment = add_comment(db_session, artist, medium)
    key = db_session.query(Version.delivery_key).filter_by(medium_id=medium.id).scalar()
    talk = _add_talk(db_session, artist, people["listener"])
    return Names(
        medium=medium.public_id, medium_slug=medium.slug, set=one.public_id, set_slug=one.slug, post=post.public_id,
        comment=comment.public_id, talk=talk, key=str(key), person=str(artist.id),
    ), people  # fmt: skip


def _add_talk(session: Session, one: User, other: User) -> str:
    low, high = sorted((one.id, other.id))
    talk = Conversation(low_id=low, high_id=high, last_number=1)
    session.add(talk)
    session.flush()
    session.add_all(
        Participant(conversation_id=talk.id, user_id=me.id, other_id=you.id, last_number=1)
        for me, you in ((one, other), (other, one))
    )
    session.add(Message(id=uuid7(), conversation_id=talk.id, number=1, sender_id=one.id, body="Hm.", client_key="1"))
    session.commit()
    return talk.public_id


@pytest.fixture
def asking(app: Flask, names: tuple[Names, dict[str, User]], login: Login) -> dict[str, Asking]:
    """Everyone's cookie and token."""
    _names, people = names
    found = {}
    for who in WHO:
        client = browser_of(app)
        if who in people:
            login(client, people[who])
        token = client.csrf_token()
        (cookie,) = [cookie for cookie in client._cookies.values() if cookie.key == "session"]  # type: ignore[union-attr]
        found[who] = Asking(f"session={cookie.value}", token)
    return found


@pytest.fixture
def nothing_stays(app: Flask, asking: dict[str, Asking]) -> Iterator[Callable[[], None]]:
    """Everything that requests write goes into one transaction; calling this takes back what was written since."""
    assert asking  # made before, and committed
    with app.app_context():
        engines = cast("dict[str | None, Engine | Connection]", db.engines)
    engine = cast("Engine", engines[None])
    factory = db.session.session_factory
    connection: Connection = engine.connect()
    outer = connection.begin()
    connection.pool = engine.pool  # type: ignore[attr-defined]  # whose numbers /metrics tells
    engines[None] = connection  # as Flask-SQLAlchemy's manual has it for tests
    factory.configure(join_transaction_mode="create_savepoint")
    state = {"savepoint": connection.begin_nested()}

    def take_back() -> None:
        state["savepoint"].rollback()
        state["savepoint"] = connection.begin_nested()

    yield take_back
    factory.configure(join_transaction_mode="conditional_savepoint")
    engines[None] = engine
    outer.rollback()
    connection.close()


def shown(rule: Rule) -> str:
    """A rule as the table has it, without converters."""
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", r"<\1>", rule.rule)


def code_of(status: int, location: str) -> str:
    """How the table says what was answered."""
    if status == 401:
        return LOG_IN
    if status in {301, 302, 303, 308}:
        path = urlsplit(location).path
        return LOG_IN if path == "/login" else CONFIRM if path == "/login/confirm" else "go"
    return str(status)


SHARED = ("/media/public/", "/pictures/", "/static/", "/assets/", "/service-worker.js", "/manifest.webmanifest",
          "/robots.txt", "/settings/data/schema.json", "/sitemap", "/oembed", "/.well-known/")  # fmt: skip
"""Addresses that answer everyone alike, whoever's cookie comes along: caches may keep what they say."""


def hold_against_the_rules(path: str, headers: Headers) -> None:
    """What holds for every answer: nothing runs but what is ours, and nobody's page is kept by shared caches."""
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy, path
    assert "unsafe" not in policy, path
    assert "frame-ancestors 'none'" in policy or path.startswith("/embed/"), path
    assert headers["X-Content-Type-Options"] == "nosniff", path
    assert headers["Referrer-Policy"], path
    assert headers["Cross-Origin-Resource-Policy"] in {"same-origin", "cross-origin"}, path
    kept = headers["Cache-Control"]
    if not path.startswith(SHARED) and not path.endswith("/feed.xml"):
        assert "private" in kept or "no-store" in kept, f"{path}: {kept}"
        assert "public" not in kept, f"{path}: {kept}"


def ask(client: Browser, who: Asking, method: str, path: str) -> str:
    answer = client.open(
        path, method=method, headers={
            "Cookie": who.cookie, "X-CSRFToken": who.token,
            "Accept": "application/json",  # a refusal in JSON costs a fifth of a page
            "HX-Request": "true", "HX-Request-Type": "partial",  # and a part of a page less than the page
        },
    )  # fmt: skip
    hold_against_the_rules(path, answer.headers)
    return code_of(answer.status_code, answer.headers.get("Location") or answer.headers.get("HX-Redirect") or "")


def line_of(name: str, codes: dict[str, list[str]]) -> str:
    columns = [" ".join(f"{code:4}" for code in codes.get(method, [""] * len(WHO))) for method in METHODS]
    return f"{name:63} {'  '.join(columns)}".rstrip()


@pytest.mark.timeout(600)  # seconds where the machine has nothing else to do
def test_everyone_is_answered_as_the_table_says(
    app: Flask, names: tuple[Names, dict[str, User]], asking: dict[str, Asking], nothing_stays: Callable[[], None]
) -> None:
    client = app.test_client(use_cookies=False)
    assert isinstance(client, Browser)
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for rule in app.url_map.iter_rules():
        built = rule.build({name: names[0].value(rule, name) for name in rule.arguments})
        assert built is not None
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"} if shown(rule) not in NEITHER else ()):
            codes = []
            for who in WHO:
                codes.append(ask(client, asking[who], method, built[1]))
                if method != "GET":
                    nothing_stays()
            nothing_stays()
            name, column = (shown(rule), method) if method in METHODS else (f"{method} {shown(rule)}", METHODS[0])
            found[name][column] = codes
    lines = [line_of(name, codes) for name, codes in sorted(found.items())]
    if os.environ.get("MATRIX") == "write":
        TABLE.write_text(HEAD + TITLE + "\n".join(lines) + "\n")
    kept = [line.rstrip() for line in TABLE.read_text().splitlines() if line.startswith(("/", "PUT", "DELETE"))]
    missing, surplus = [line for line in lines if line not in kept], [line for line in kept if line not in lines]
    assert not missing + surplus, "\n".join(
        ["matrix.txt is not what is answered. Found:", *missing, "In the table:", *surplus]
    )
