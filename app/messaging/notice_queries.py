"""Notifications as they are shown: who, what, where it leads; decided by the gate at the moment of reading.

One statement reads the rows with whatever they are about, one more the people. What its receiver may not see any more,
and what those did whom a block or a mute has silenced since, is left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import joinedload

from app.accounts.models import Apart, User
from app.accounts.queries import not_apart
from app.core.pictures import Artwork
from app.extensions import db
from app.media import gate, links
from app.media.gate import Action
from app.media.models import Medium
from app.messaging import phrases
from app.messaging.kinds import OF_THE_HOUSE, NoticeKind
from app.messaging.models import Conversation, Notification, NotificationEvent
from app.playlists.models import Set, SetInvitation
from app.social import subjects
from app.social.models import Comment, CommentState, Mute, Post
from app.social.subjects import Subject
from app.web.filters import plain
from app.web.pagination import PAGE_SIZE, Page, decode_cursor, make_page

NAMES = 2
_HOUSE_PAGES = {
    NoticeKind.DECISION: "/settings/standing",
    NoticeKind.APPEAL: "/settings/standing",
    NoticeKind.OUTCOME: "/settings/reports",
    NoticeKind.TAKEDOWN: "/settings/standing/takedowns",
    NoticeKind.EXPORT: "/settings/data",
}
_HOUSE_NAMES = {NoticeKind.EXPORT: "The archive of your data"}
"""Who is said to have done it, where that is not the moderators."""
EXCERPT = 140


@dataclass(frozen=True, slots=True)
class Told:
    """One notification. ``who`` holds at most two names, ``count`` says how many people there are."""

    id: UUID
    kind: NoticeKind
    who: list[str]
    others: str
    avatar: Artwork | None
    done: str
    title: str
    excerpt: str
    url: str
    happened_at: datetime
    is_new: bool
    is_read: bool

    @property
    def sentence(self) -> str:
        """It in one line."""
        return f"{self.who[0]}{self.others} {self.done}{f' {self.title}' if self.title else ''}"


@dataclass(frozen=True, slots=True)
class _Receiver:
    """Whom the gate is asked about; who is apart from them came with the rows."""

    id: UUID
    is_apart: bool
    is_adult: bool = False
    """Notices tell of things, they do not play them."""

    def is_apart_from(self, _person_id: UUID, /) -> bool:
        """Whether a block stands between them and the owner of the row's thing."""
        return self.is_apart


def page_of(person: User, *, cursor: str | None, newly: set[UUID], size: int = PAGE_SIZE) -> Page[Told]:
    """A page of what ``person`` was told, the latest first. ``newly`` are those that they had not seen before."""
    query = _told(person.id).where(Notification.in_app)
    place = decode_cursor(cursor)
    if place is not None:
        query = query.where(tuple_(Notification.happened_at, Notification.id) < place)
    newest = query.order_by(Notification.happened_at.desc(), Notification.id.desc()).limit(size + 1)
    rows = db.session.execute(newest).all()
    people = _people_of(rows[:size])
    page = make_page(
        rows,
        size=size,
        place=lambda row: (row.Notification.happened_at, row.Notification.id),
        url=lambda after: f"/notifications?after={after}",
        show=lambda row: _show(row, people, is_new=row.Notification.id in newly),
    )
    return Page([told for told in page.items if told is not None], page.next_url)


def told_by_ids(person: User, ids: Sequence[UUID], news: Callable[[UUID], int] | None = None) -> list[Told]:
    """These notifications of ``person``, the latest first. ``news`` says how many of each count, else all do."""
    query = _told(person.id).where(Notification.id.in_(ids)).order_by(Notification.happened_at.desc())
    rows = db.session.execute(query).all()
    people = _people_of(rows)
    shown = [_show(row, people, is_new=True, count=news(row.Notification.id) if news else None) for row in rows]
    return [told for told in shown if told is not None]


def find_told(person: User, notification_id: UUID) -> Told | None:
    """One notification of ``person``, if there is one and it leads to something they may see."""
    return next(iter(told_by_ids(person, [notification_id])), None)


def _told(person_id: UUID) -> Any:
    """Notifications with all that they are about. ``actors`` are the latest two whom nothing silences."""
    event, owner = NotificationEvent, func.coalesce(Medium.owner_id, Set.owner_id, Post.author_id)
    latest = (
        select(event.actor_id)
        .where(event.recipient_id == Notification.recipient_id, event.key == Notification.key)
        .where(*_heard(person_id, event.actor_id))
        .order_by(event.happened_at.desc(), event.event_key)
        .limit(NAMES)
        .correlate(Notification)
        .scalar_subquery()
    )
    return (
        select(
            Notification, Comment, Medium, Set, Post, Conversation.public_id.label("conversation"),
            SetInvitation.token.label("invitation"),
            func.array(latest, type_=ARRAY(Uuid)).label("actors"),
            and_(*_heard(person_id, Notification.actor_id)).label("is_heard"),
            exists().where(Apart.person_id == person_id, Apart.other_id == owner).label("is_apart"),
        )
        .select_from(Notification)
        .outerjoin(Comment, Comment.id == Notification.comment_id)
        .outerjoin(Medium, Medium.id == func.coalesce(Notification.medium_id, Comment.medium_id))
        .outerjoin(Set, Set.id == func.coalesce(Notification.set_id, Comment.set_id))
        .outerjoin(Post, Post.id == func.coalesce(Notification.post_id, Comment.post_id))
        .outerjoin(
            SetInvitation,
            and_(SetInvitation.set_id == Notification.set_id, SetInvitation.invited_id == Notification.recipient_id),
        )
        .outerjoin(Conversation, Conversation.id == Notification.conversation_id)
        .where(Notification.recipient_id == person_id)
    )  # fmt: skip


def _heard(person_id: UUID, column: Any) -> list[Any]:
    """Conditions: nobody apart from the receiver, nobody muted by them."""
    muted = exists().where(Mute.muter_id == person_id, Mute.muted_id == column)
    return [*not_apart(person_id, column), ~muted]


def _people_of(rows: Sequence[Any]) -> dict[UUID, User]:
    """Everyone whom the rows name, and whose things they are about, in one statement."""
    wanted = {actor_id for row in rows for actor_id in _actors(row)}
    wanted |= {row.Medium.owner_id for row in rows if row.Medium} | {row.Set.owner_id for row in rows if row.Set}
    wanted |= {row.Post.author_id for row in rows if row.Post}
    if not wanted:
        return {}
    query = select(User).options(joinedload(User.avatar)).where(User.id.in_(wanted))
    return {user.id: user for user in db.session.scalars(query)}


def _actors(row: Any) -> list[UUID]:
    if row.actors:
        return list(row.actors)
    return [row.Notification.actor_id] if row.is_heard and row.Notification.actor_id else []


def _show(row: Any, people: dict[UUID, User], *, is_new: bool, count: int | None = None) -> Told | None:
    """A row in words; None where its receiver may not see what it is about, or nobody is left to name."""
    notice: Notification = row.Notification
    if notice.kind in OF_THE_HOUSE:
        return _say_of_the_house(notice, is_new=is_new)
    actors = [people[one] for one in _actors(row) if one in people and not people[one].is_withheld]
    found = _subject(row)
    if not actors or found is None:
        return None
    url, title, excerpt = found
    if notice.kind is NoticeKind.FOLLOWER and notice.count == 1:
        url = links.person_url(actors[0].username)
    names = [actor.display_name for actor in actors]
    return Told(
        id=notice.id,
        kind=notice.kind,
        who=names,
        others=phrases.others(names, count if count is not None else notice.count),
        avatar=Artwork.of(actors[0].avatar),
        done=phrases.phrase(notice.kind, of_comment=notice.comment_id is not None),
        title=title if phrases.names_a_thing(notice.kind) else "",
        excerpt=excerpt,
        url=url,
        happened_at=notice.happened_at,
        is_new=is_new,
        is_read=notice.read_at is not None,
    )


def _say_of_the_house(notice: Notification, *, is_new: bool) -> Told:
    """What nobody in particular did; the page that it leads to says the rest."""
    return Told(
        id=notice.id, kind=notice.kind, who=[_HOUSE_NAMES.get(notice.kind, "The moderators")], others="", avatar=None,
        done=phrases.phrase(notice.kind, of_comment=False), title="", excerpt="", url=_HOUSE_PAGES[notice.kind],
        happened_at=notice.happened_at, is_new=is_new, is_read=notice.read_at is not None,
    )  # fmt: skip


def _subject(row: Any) -> tuple[str, str, str] | None:
    """Where a notification leads, what the thing is called, and what was said; None behind a closed gate."""
    notice: Notification = row.Notification
    if notice.kind is NoticeKind.FOLLOWER:
        return "/library/followers", "", ""
    if notice.kind is NoticeKind.MESSAGE:
        return f"/messages/{row.conversation}", "", ""
    on = _thing(row)
    if on is None:
        return None
    if notice.kind is NoticeKind.INVITATION and row.invitation is not None:
        return f"/sets/invitations/{row.invitation}", on.title, ""
    if notice.comment_id is None:
        excerpt = plain(row.Post.body_markdown, EXCERPT) if notice.kind is NoticeKind.POST else ""
        return on.url, on.title, excerpt
    comment: Comment | None = row.Comment
    is_hidden = comment is not None and comment.hold is not None and comment.author_id != notice.recipient_id
    if comment is None or comment.state is CommentState.DELETED or is_hidden:
        return None
    if (comment.state is CommentState.HELD) is not (notice.kind is NoticeKind.HELD):
        return None
    subject = subjects.of_comment(comment, on)
    return subject.url, on.title, comment.body[:EXCERPT]


def _thing(row: Any) -> Subject | None:
    """The medium, set or post that it is about, through the gate."""
    notice: Notification = row.Notification
    viewer = _Receiver(notice.recipient_id, row.is_apart)
    if row.Medium is not None:
        return subjects.of_medium(row.Medium) if gate.decide(viewer, row.Medium, Action.SEE).allowed else None
    if row.Set is not None:
        invited = notice.kind is NoticeKind.INVITATION and row.invitation is not None
        opens = invited or gate.decide(viewer, row.Set, Action.SEE).allowed
        return subjects.of_set(row.Set) if opens and not row.is_apart else None
    if row.Post is not None:
        own = row.Post.author_id == notice.recipient_id
        return subjects.of_post(row.Post) if own or not (row.Post.withheld or row.is_apart) else None
    return None


def count_unseen(person_id: UUID, most: int) -> Select[Any]:
    """A statement for how many notifications somebody has not seen, counted up to ``most``."""
    some = select(Notification.id).where(
        Notification.recipient_id == person_id, Notification.in_app, Notification.seen_at.is_(None)
    )
    return select(func.count()).select_from(some.limit(most).subquery())
