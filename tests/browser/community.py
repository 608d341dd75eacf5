"""The people and works that the browser finds: sent through the services, made by the workers."""

import hashlib
import re
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.services.passwords import hash_password
from app.core.clock import now
from app.core.storage import storage
from app.extensions import db
from app.media import queries
from app.media.models import Kind, Medium, MediumState, Version, Visibility
from app.media.services import publishing, uploads
from app.playlists.services import items, sets
from app.social.services import comment_care, comments, reactions
from app.social.services.comments import Draft
from app.social.subjects import SubjectKind, get_subject
from tests.browser import recordings
from tests.browser.installation import Installation
from tests.factories.media import MediumOrder, add_medium
from tests.factories.people import PASSWORD, add_person
from tests.factories.posts import add_post

MAKING_S = 120


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    username: str
    display_name: str

    @property
    def url(self) -> str:
        """The address of their page."""
        return f"/@{self.username}"


@dataclass(frozen=True)
class Work:
    """A medium, as far as a test needs to know it. ``secret`` is "" where there is none."""

    public_id: str
    title: str
    url: str
    secret: str

    @property
    def edit_url(self) -> str:
        """The address where it is edited."""
        return f"/studio/media/{self.public_id}"


@dataclass(frozen=True)
class Community:
    """Two artists, a listener, somebody of the staff, and works that play."""

    ada: Person
    ben: Person
    cleo: Person
    """A listener; ``ada`` and ``ben`` have channels."""
    dora: Person
    """An admin, who sees every page of the desk."""
    song: Work
    """12 s, by Ada, with a cover."""
    second_song: Work
    """30 s, by Ada."""
    film: Work
    """14 s in three rungs, by Ben, with captions in English and German and three chapters."""
    hidden_song: Work
    """40 s, by Ada, unlisted."""
    hidden_film: Work
    """12 s, by Ben, unlisted."""
    draft: Work
    """4 s, by Ada, not published."""
    post: str
    """The public id of a post by Ada with a poll and her first song."""
    late_trains: Work
    """A playlist of Ada's: both of her songs, and the film."""
    comment: str
    """The public id of what Cleo says under the first song, with an answer and a history."""


def add_person_to(installation: Installation, username: str, display_name: str, *, role: str = "artist") -> Person:
    """Somebody new; the password is that of ``tests.factories.people``."""
    with installation.services(), Session(db.engine, expire_on_commit=False) as session:
        digest = hash_password(PASSWORD)
        add_person(session, password_digest=digest, role=role, username=username, display_name=display_name)
    return Person(username, display_name)


def make_community(installation: Installation, folder: Path) -> Community:
    """Send every work, wait until all are made, and publish them. ``folder`` takes the recordings."""
    ada = add_person_to(installation, "ada_lin", "Ada Lin")
    ben = add_person_to(installation, "ben_okoro", "Ben Okoro")
    cleo = add_person_to(installation, "cleo", "Cleo", role="listener")
    dora = add_person_to(installation, "dora", "Dora", role="admin")
    film = send(installation, ben, recordings.film(folder, "Harbour"))
    hidden_film = send(installation, ben, recordings.plain_film(folder, "Rough cut"))
    song = send(installation, ada, recordings.song(folder, "Night Bus"))
    second = send(installation, ada, recordings.song(folder, "Day Ferry", 30, 392))
    hidden_song = send(installation, ada, recordings.song(folder, "Demo Tape", 40, 262))
    draft = send(installation, ada, recordings.song(folder, "Sketch", 4, 523))
    wait_until_made(installation, [film, hidden_film, song, second, hidden_song, draft])
    works = {
        "second_song": publish(installation, second),
        "song": publish(installation, song),
        "film": publish(installation, film),
    }
    made = Community(
        ada=ada, ben=ben, cleo=cleo, dora=dora,
        **works,
        hidden_song=publish(installation, hidden_song, Visibility.UNLISTED),
        hidden_film=publish(installation, hidden_film, Visibility.UNLISTED),
        draft=draft,
        post=add_post_to(installation, ada, song),
        late_trains=collect(installation, ada, "Late Trains", list(works.values())),
        comment=comment_on(installation, cleo, ada, song),
    )  # fmt: skip
    react(installation, cleo, song)
    react(installation, cleo, film)
    return made


def collect(installation: Installation, person: Person, title: str, works: Sequence[Work]) -> Work:
    """A playlist of somebody's with these works in it."""
    with installation.services():
        one = sets.create_set(_user(person), sets.SetDetails(title=title))
        for work in works:
            items.add_item(one, _medium(work), by=_user(person))
        db.session.flush()
        return Work(one.public_id, one.title, f"{person.url}/sets/{one.slug}", one.link_secret or "")


def react(installation: Installation, person: Person, work: Work) -> None:
    """Let somebody like a work and pass it on, with a few words."""
    with installation.services():
        user, subject = _user(person), get_subject(SubjectKind.MEDIUM, work.public_id, _user(person))
        reactions.like_thing(user, subject)
        reactions.repost_thing(user, subject, caption="Donaudampfschifffahrtsgesellschaft, so weit das Ohr reicht")


def comment_on(installation: Installation, person: Person, owner: Person, work: Work) -> str:
    """Let somebody say something at a second of a work, say it otherwise, and be answered, pinned and hearted."""
    with installation.services():
        user, artist = _user(person), _user(owner)
        subject = get_subject(SubjectKind.MEDIUM, work.public_id, user)
        words = "Rechtsschutzversicherungsgesellschaften @ada_lin at 0:05, https://example.org/a/long/way/to/go"
        comment = comments.write_comment(subject, Draft(body="Oh", at_ms=3000), by=user)
        comments.edit_comment(comment, subject, words, by=user)
        comments.write_comment(subject, Draft(body="شكرا جزيلا", answers=comment.public_id), by=artist)
        comment_care.pin_comment(comment, subject, by=artist)
        comment_care.heart_comment(comment, by=artist)
        return comment.public_id


def send(installation: Installation, person: Person, path: Path) -> Work:
    """Upload a file as ``person``: in parts, as a browser does. It is being made when this returns."""
    data = path.read_bytes()
    with installation.services():
        user = _user(person)
        upload = uploads.create_upload(user, filename=path.name, size_bytes=len(data))
        db.session.commit()
        digests, offset = [], 0
        for number in range(1, uploads.part_count(upload) + 1):
            part = data[offset : offset + uploads.part_bytes(upload, number)]
            offset += len(part)
            digests.append(hashlib.sha256(part).digest())
            ticket = uploads.part_tickets(upload, [(number, b64encode(digests[-1]).decode())])[0]
            storage().send_part(ticket, part)
        whole = b64encode(hashlib.sha256(b"".join(digests)).digest()).decode()
        return _work(uploads.confirm_upload(user, upload.id, sha256=whole))


def publish(installation: Installation, work: Work, visibility: Visibility = Visibility.PUBLIC) -> Work:
    """Let it out, for those whom ``visibility`` names."""
    with installation.services():
        medium = _medium(work)
        publishing.set_visibility(medium, visibility, publish_at=None, available_until=None)
        publishing.publish_medium(medium)
    return refresh(installation, work)


def refresh(installation: Installation, work: Work) -> Work:
    """The same work as it is now."""
    with installation.services():
        return _work(_medium(work))


def wait_until_made(installation: Installation, works: Sequence[Work]) -> None:
    """Return when every rung of every work is there."""
    deadline = time.monotonic() + MAKING_S
    for work in works:
        while not _is_made(installation, work):
            assert time.monotonic() < deadline, f"{work.title} is not made in time.\n{installation.logs()}"
            time.sleep(0.2)


def add_post_to(installation: Installation, person: Person, work: Work) -> str:
    """A post with a poll, two answers given, and a work; returns its public id."""
    with installation.services(), Session(db.engine, expire_on_commit=False) as session:
        author = session.scalars(select(User).where(User.username == person.username)).one()
        medium_id = session.scalars(select(Medium.id).where(Medium.public_id == work.public_id)).one()
        post = add_post(
            session, author, "Which one **first**, @ben_okoro?", answers=("Vinyl", "Tape"), medium_id=medium_id,
            carries_work=True, closes_at=now() + timedelta(days=1),
        )  # fmt: skip
        return post.public_id


def add_records(installation: Installation, person: Person, count: int) -> list[str]:
    """Published works without files, for lists; returns their titles."""
    titles = [f"Record {number:02d}" for number in range(count)]
    order = MediumOrder(
        kind=Kind.AUDIO, state=MediumState.READY, visibility=Visibility.PUBLIC,
        with_version=True, files=False, artwork=False,
    )  # fmt: skip
    with installation.services(), Session(db.engine, expire_on_commit=False) as session:
        owner = session.scalars(select(User).where(User.username == person.username)).one()
        for title in titles:
            slug = re.sub(r"\W+", "-", title.lower())
            add_medium(session, storage(), owner, order, title=title, slug=slug, realm_slug="voice")
    return titles


def _is_made(installation: Installation, work: Work) -> bool:
    with installation.services():
        medium = _medium(work)
        if medium.state is MediumState.FAILED:
            why = select(Version.failure_sentence).where(Version.medium_id == medium.id)
            raise AssertionError(f"{work.title} failed: {db.session.scalar(why)}\n{installation.logs()}")
        finished = select(Version.finished_at).where(Version.medium_id == medium.id)
        return medium.state is MediumState.READY and db.session.scalar(finished) is not None


def _user(person: Person) -> User:
    return db.session.scalars(select(User).where(User.username == person.username)).one()


def _medium(work: Work) -> Medium:
    medium = queries.find_by_public_id(work.public_id)
    assert medium is not None
    return medium


def _work(medium: Medium) -> Work:
    db.session.flush()
    url = f"/@{medium.owner.username}/{medium.slug}"
    assert current_app.config["SETTINGS"].public_url
    return Work(medium.public_id, medium.title, url, medium.link_secret or "")
