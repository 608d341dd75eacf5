"""Seeding: the demo's people and their works, brought in by the same ways as anyone's: uploaded, encoded, published."""

import json
import os
import secrets
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as time_of_day
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from rq import Worker
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Role, User
from app.accounts.queries import find_person
from app.accounts.services import consents, portraits, profiles, sign_up
from app.core.clock import now
from app.core.queue import MEDIA, queue
from app.core.storage import storage
from app.demo.artists import ARTISTS, LISTENERS, STAFF
from app.demo.catalogue import ITEMS, render_all
from app.demo.community import seed_community
from app.demo.shapes import DemoItem, RenderedArtist, RenderedItem
from app.extensions import db
from app.media.making.runner import run_next_task
from app.media.models import CaptionKind, Medium, MediumState, Version, VersionState, Visibility
from app.media.services import editing, publishing, uploads
from app.media.services.editing import Details
from config import Settings

ACCOUNTS_FILE = "demo-accounts.json"
POLL_SECONDS = 0.5
STANDSTILL_SECONDS = 300


@dataclass(frozen=True)
class DemoSignIn:
    """What a demo person logs in with."""

    username: str
    email: str
    password: str
    role: str


def seed(settings: Settings, say: Callable[[str], None], items: tuple[DemoItem, ...] = ITEMS) -> None:
    """Bring in whatever of ``items`` is not there yet, and wait until it plays. A second time it returns at once."""
    if not settings.is_local:
        say("No demo: its accounts belong on this machine alone, and PUBLIC_URL names another.")
        return
    _make_people(settings)
    if not _all_there(items):
        say("Rendering the demo: music, films and late-night radio, made on this machine. Once only.")
        with TemporaryDirectory(prefix="demo-") as folder:
            for rendered in render_all(Path(folder), items, processes=max(1, min(2, os.cpu_count() or 1))):
                if isinstance(rendered, RenderedArtist):
                    _add_portraits(rendered)
                else:
                    _add_item(rendered)
                db.session.commit()
    _wait_until_playable(say)
    seed_community(settings.public_url)


def sign_ins(settings: Settings) -> list[DemoSignIn]:
    """What ``seed`` wrote down; empty before."""
    path = settings.data_dir / ACCOUNTS_FILE
    return [DemoSignIn(**one) for one in json.loads(path.read_text())] if path.exists() else []


def _make_people(settings: Settings) -> None:
    known = {one.username: one for one in sign_ins(settings)}
    people = [(one.username, Role(one.role)) for one in (*STAFF, *LISTENERS)]
    people += [(one.username, Role.ARTIST) for one in ARTISTS]
    for username, role in people:
        if find_person(username) is None:
            one = DemoSignIn(
                username, f"{username}@example.org", f"{username.split('_')[0]}-{secrets.token_hex(5)}", role.value
            )
            user = sign_up.make_user(username=username, email=one.email, password=one.password, role=role)
            consents.agree_to_texts(user)
            user.email_verified_at = now()
            known[username] = one
    for artist in ARTISTS:
        user = _get(artist.username)
        if not user.bio_markdown:
            profiles.edit_profile(
                user,
                display_name=artist.display_name,
                bio_markdown=artist.bio_markdown,
                location=artist.location,
                links=[link.url for link in artist.links],
                realm_slug=artist.realm,
            )
    for member in (*STAFF, *LISTENERS):
        user = _get(member.username)
        if not user.bio_markdown:
            user.display_name, user.bio_markdown = member.display_name, member.bio_markdown
    _write_sign_ins(settings, list(known.values()))
    db.session.commit()


def _write_sign_ins(settings: Settings, people: list[DemoSignIn]) -> None:
    path = settings.data_dir / ACCOUNTS_FILE
    temporary = path.with_suffix(".tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump([vars(one) for one in people], file, indent=2)
    temporary.replace(path)


def _all_there(items: tuple[DemoItem, ...]) -> bool:
    slugs = [item.slug for item in items]
    count = db.session.scalar(
        select(func.count())
        .select_from(Medium)
        .join(User, User.id == Medium.owner_id)
        .where(Medium.slug.in_(slugs), User.username.in_([artist.username for artist in ARTISTS]))
    )
    return count == len(items)


def _add_portraits(rendered: RenderedArtist) -> None:
    user = _get(rendered.artist.username)
    for which, path in (("avatar", rendered.avatar_path), ("cover", rendered.cover_path)):
        if getattr(user, which) is None:
            with path.open("rb") as stream:
                portraits.replace_portrait(user, which, stream)


def _add_item(rendered: RenderedItem) -> None:
    item = rendered.item
    owner = _get(item.artist)
    if db.session.scalar(select(Medium.id).where(Medium.owner_id == owner.id, Medium.slug == item.slug)):
        return
    medium = _upload(owner, rendered.media_path)
    _describe(medium, item)
    if rendered.artwork_path is not None:
        editing.set_artwork(medium, rendered.artwork_path)
    for captions in item.captions if not item.embeds_text else ():
        editing.add_caption(
            medium,
            language=captions.language,
            label=captions.label,
            kind=CaptionKind(captions.kind),
            data=captions.text.encode(),
        )
    if item.lyrics_lrc:
        editing.add_caption(
            medium,
            language=item.language or "en",
            label="Lyrics",
            kind=CaptionKind.LYRICS,
            data=item.lyrics_lrc.encode(),
        )
    if item.chapters and not item.embeds_text:
        lines = [f"{editing.format_time(one.starts_at_ms)} {one.title}" for one in item.chapters]
        editing.set_chapters(medium, "\n".join(lines))
    publishing.set_visibility(medium, Visibility(item.visibility), publish_at=None, available_until=None)
    publishing.publish_medium(medium)
    medium.published_at = min(now(), datetime.combine(item.release_date, time_of_day(12), UTC))


def _upload(owner: User, path: Path) -> Medium:
    """Send the file part by part, as a browser does, and confirm it."""
    upload = uploads.create_upload(owner, filename=path.name, size_bytes=path.stat().st_size)
    digests = []
    with path.open("rb") as file:
        for number in range(1, uploads.part_count(upload) + 1):
            data = file.read(upload.part_size_bytes)
            digests.append(sha256(data).digest())
            ticket = uploads.part_tickets(upload, [(number, b64encode(digests[-1]).decode())])[0]
            storage().send_part(ticket, data)
    whole = b64encode(sha256(b"".join(digests)).digest()).decode()
    db.session.flush()
    return uploads.confirm_upload(owner, upload.id, sha256=whole)


def _describe(medium: Medium, item: DemoItem) -> None:
    details = Details(
        title=item.title,
        slug=item.slug,
        description=item.description_markdown,
        realm=item.realm,
        genre=item.genre,
        tags=", ".join(item.tags),
        language=item.language,
        licence=item.licence,
        explicit=item.explicit,
        credits="\n".join(f"{role}: {name}" for role, name in item.credits),
        release_date=item.release_date,
        downloads_allowed=item.licence.startswith("CC"),
    )
    editing.edit_details(medium, details)


def _wait_until_playable(say: Callable[[str], None]) -> None:
    """Until everything is made: by the workers where some listen, else by us."""
    changed_at, last = time.monotonic(), -1
    while True:
        waiting = _count_unfinished()
        db.session.rollback()
        if waiting == 0:
            return
        if waiting != last:
            say(f"Encoding the demo: {waiting} to go.")
            changed_at, last = time.monotonic(), waiting
        if time.monotonic() - changed_at > STANDSTILL_SECONDS:
            say("The demo is taking its time. It goes on in the background.")
            return
        if Worker.count(queue=queue(MEDIA)) or not run_next_task():
            time.sleep(POLL_SECONDS)


def _count_unfinished() -> int:
    query = (
        select(func.count())
        .select_from(Version)
        .join(Medium, Medium.id == Version.medium_id)
        .join(User, User.id == Medium.owner_id)
        .where(
            User.username.in_([artist.username for artist in ARTISTS]),
            Medium.state == MediumState.PROCESSING,
            Version.state == VersionState.PROCESSING,
        )
    )
    return db.session.scalar(query) or 0


def _get(username: str) -> User:
    user = db.session.scalar(
        select(User).options(joinedload(User.avatar), joinedload(User.cover)).where(User.username == username)
    )
    assert user is not None  # noqa: S101 - made a few lines before
    return user
