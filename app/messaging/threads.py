"""Conversations as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from app.accounts.models import User
from app.core.pictures import Artwork
from app.core.screening import Screened, notes_of
from app.media import links
from app.media.gate import Viewer
from app.messaging.attachments import Attachment, attachments_of
from app.messaging.conversation_queries import THREAD_SIZE, Side
from app.messaging.models import Message, Standing
from app.social import words

PREVIEW_LENGTH = 120
GONE = "Someone who has left"
HIDDEN = "The moderators took this message away."
WORDS_GONE = "This went with the account of whoever wrote it."


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Whom one writes to. ``username`` is empty once they are gone."""

    name: str
    username: str
    avatar: Artwork | None

    @property
    def url(self) -> str:
        """Their page."""
        return links.person_url(self.username) if self.username else ""


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation in a list."""

    url: str
    other: Correspondent
    preview: str
    """The newest message in one line."""
    is_own: bool
    """Whether that one is one's own."""
    at: datetime
    unread: int


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as one of the two sees it."""

    number: int
    is_own: bool
    html: Markup
    at: datetime
    attachment: Attachment | None
    missing: str
    """Why something that was attached does not show; empty where nothing is missing."""
    begins_day: bool
    """Whether it is the first of its day on the page."""
    note: str = ""
    """Why the other one has not got it yet; empty where they have."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A stretch of a conversation, oldest first."""

    url: str
    topic: str
    other: Correspondent
    bubbles: Sequence[Bubble]
    last_number: int
    """The newest message here, or what was asked for: the page asks for what came after it."""
    earlier_url: str
    """Where the messages before these are; empty where there are none."""
    has_later: bool
    """Whether there may be more after these."""
    read_up_to: int
    """The newest message that the other one has read, 0 for none."""
    is_read: bool
    """Whether that covers the newest of one's own here."""
    read_at: datetime | None
    is_request: bool
    """Whether a stranger waits for this viewer to accept."""
    unread: int


def thread_url(public_id: str) -> str:
    """The page of a conversation."""
    return f"/messages/{public_id}"


def begin_url(username: str) -> str:
    """Where one writes to a person, whether or not there is a conversation already."""
    return f"/messages/@{username}"


def correspondent(user: User | None) -> Correspondent:
    """The other one. Who is on their way out shows as gone."""
    if user is None or user.is_withheld:
        return Correspondent(GONE, "", None)
    return Correspondent(user.display_name, user.username, Artwork.of(user.avatar))


def line_of(row: Any, viewer: Viewer) -> Line:
    """A row of ``conversation_rows``."""
    is_there = row.username is not None and not row.is_withheld
    artwork = Artwork(row.key, tuple(row.widths), row.width, row.height) if is_there and row.key else None
    other = Correspondent(row.display_name, row.username, artwork) if is_there else Correspondent(GONE, "", None)
    body = HIDDEN if row.hold is not None and row.sender_id != viewer.id else row.body or ""
    text = " ".join(body[:PREVIEW_LENGTH].split())
    return Line(
        url=thread_url(row.public_id),
        other=other,
        preview=text or ("Sent something to hear or see" if row.has_attachment else ""),
        is_own=row.sender_id == viewer.id,
        at=row.last_at,
        unread=row.unread,
    )


def thread_of(
    side: Side, messages: Sequence[Message], viewer: Viewer, *, after: int = 0, size: int = THREAD_SIZE
) -> Thread:
    """A page's stretch of a conversation. Of more than ``size`` messages the first only says that there are more."""
    shown, has_earlier = messages[-size:], len(messages) > size
    url = thread_url(side.conversation.public_id)
    bubbles = _bubbles(side, shown, viewer)
    read_up_to = side.theirs.read_up_to if side.theirs is not None else 0
    own = [one.number for one in bubbles if one.is_own]
    return Thread(
        url=url,
        topic=side.topic,
        other=correspondent(side.other),
        bubbles=bubbles,
        last_number=shown[-1].number if shown else after,
        earlier_url=f"{url}?before={shown[0].number}" if has_earlier else "",
        has_later=len(messages) == size,
        read_up_to=read_up_to,
        is_read=bool(own) and own[-1] <= read_up_to,
        read_at=side.theirs.read_at if side.theirs is not None else None,
        is_request=side.mine.state is not Standing.ACCEPTED,
        unread=side.mine.unread,
    )


def _bubbles(side: Side, messages: Sequence[Message], viewer: Viewer) -> list[Bubble]:
    """Until a request is accepted, what a stranger wrote is bare text: no links, nothing attached."""
    kept = [one for one in messages if one.hold is None or one.sender_id == viewer.id]
    opened = [one for one in kept if one.sender_id == viewer.id or side.mine.state is Standing.ACCEPTED]
    shown = words.shown([one.body for one in opened], viewer_id=viewer.id)
    html = {one.number: text if one.body else Markup("") for one, text in zip(opened, shown, strict=True)}
    attached = attachments_of(opened, viewer)
    notes = notes_of(Screened.MESSAGE, [one.id for one in messages if one.held])
    bubbles, day = [], None
    for message in messages:
        attachment = attached.get(message.number)
        missing = ""
        if message.has_attachment and attachment is None:
            missing = "not_open" if message.number in html else "not_accepted"
        bubbles.append(
            Bubble(
                number=message.number,
                is_own=message.sender_id == viewer.id,
                html=html[message.number]
                if message.number in html
                else Markup('<p dir="auto">{}</p>').format(message.body if message in kept else HIDDEN),
                at=message.created_at,
                attachment=attachment,
                missing=missing,
                begins_day=message.created_at.date() != day,
                note=notes.get(message.id, "" if message.sender_id else WORDS_GONE),
            )
        )
        day = message.created_at.date()
    return bubbles
