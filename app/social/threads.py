"""Comments as pages show them: put together for a whole page at once, in a handful of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from markupsafe import Markup

from app.accounts.models import User
from app.core import tallies
from app.core.pictures import Artwork
from app.core.screening import Screened, notes_of
from app.core.tallies import Counts
from app.media import links
from app.media.models import Medium
from app.social import words
from app.social.models import Comment, CommentState
from app.social.queries import comments as queries
from app.social.queries.comments import CommentRow, Sort
from app.social.queries.reactions import Reactions, reactions_of
from app.social.subjects import Subject, SubjectKind, of_comment
from app.social.words import Timeline
from app.web.pagination import decode_place, encode_place


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who said something. Empty names stand for accounts that are gone."""

    name: str
    username: str = ""
    url: str = ""
    avatar: Artwork | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A comment as a page shows it to one viewer. ``at_ms`` is milliseconds from the start of the medium."""

    public_id: str
    speaker: Speaker
    html: Markup
    state: str
    created_at: datetime
    edited: bool
    is_answer: bool
    answers_whom: str = ""
    at_ms: int | None = None
    at_url: str = ""
    pinned: bool = False
    hearted: bool = False
    is_muted: bool = False
    is_linked: bool = False
    reactions: Reactions | None = None
    """How often it was liked, and whether by the viewer; None where it cannot be."""
    hold: str = ""
    """``hidden`` or ``removed`` where moderators took its words away; its author reads them still."""
    waits: str = ""
    """What its author reads beside one that waits for a look: its reference."""
    is_own: bool = False
    may_answer: bool = False
    may_edit: bool = False
    may_delete: bool = False
    may_report: bool = False
    may_care: bool = False
    """Whether the viewer owns the thing: they may pin, give hearts, let through."""
    on_title: str = ""
    on_url: str = ""
    permalink: str = ""
    secret: str | None = None
    """What opens the thing that it is about, where that is unlisted."""
    answers: list["Said"] = field(default_factory=list)
    answer_count: int = 0
    more_answers_url: str = ""

    def own_url(self, what: str) -> str:
        """Where something is done to it."""
        return f"/comments/{self.public_id}/{what}" + (f"?{urlencode({'s': self.secret})}" if self.secret else "")

    @property
    def is_gone(self) -> bool:
        """Whether only its place is left."""
        return self.state == CommentState.DELETED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPage:
    """A page of the comments under a thing."""

    threads: list[Said]
    next_url: str
    sort: Sort
    count: int
    newest_id: str = ""
    """The newest comment that is shown; asking for what is newer begins there."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks at comments, as far as what they may do depends on it."""

    id: UUID | None
    is_staff: bool
    may_write: bool


def address_of(subject: Subject, **query: str | None) -> str:
    """Where the comments under a thing are, with its secret where it needs one."""
    given = urlencode({name: value for name, value in {"s": subject.secret, **query}.items() if value})
    return f"/{subject.kind.value}/{subject.public_id}/comments" + (f"?{given}" if given else "")


def topic_of(kind: str, public_id: str) -> str:
    """What pages watch to hear of changes under a thing."""
    return f"comments:{kind}:{public_id}"


def timeline_of(subject: Subject) -> Timeline | None:
    """What times in words lead into, where the thing has a length."""
    if isinstance(subject.row, Medium) and subject.row.duration_ms:
        return Timeline(subject.url, subject.row.duration_ms)
    return None


def sort_of(subject: Subject, asked: str | None) -> Sort:
    """The order that was asked for; things without a length have no order of moments."""
    sort = Sort(asked) if asked in set(Sort) else Sort.NEWEST
    return Sort.NEWEST if sort is Sort.TIME and subject.kind is not SubjectKind.MEDIUM else sort


def comment_page(
    subject: Subject, asker: Asker, sort: Sort, *, after: str | None = None, linked: str = ""
) -> CommentPage:
    """A page of threads with their first answers.

    Raises:
        BadCursor: ``after`` was changed on the way.
    """
    place = decode_place(after)
    rows = queries.list_threads(subject, asker.id, sort, after=place, linked=linked)
    pinned = [row for row in rows if row[0].pinned_at is not None]
    others = sorted((row for row in rows if row[0].pinned_at is None), key=lambda row: _order(row[0], sort))
    shown, next_url = others[: queries.THREADS], ""
    if len(others) > queries.THREADS:
        last = shown[-1][0]
        cursor = encode_place(queries.rank_of(last, sort), last.id)
        next_url = address_of(subject, sort=sort.value, after=cursor)
    begun = [row for row in others if row[3]]
    threads = [*pinned, *begun, *(row for row in shown if not row[3])]
    answers = queries.first_answers([row[0].id for row in threads], asker.id, linked)
    counts = tallies.exact([subject.id, *(row[0].id for row in (*threads, *answers))])
    said = _present([*threads, *answers], {subject.id: subject}, asker, counts, linked)
    return CommentPage(
        threads=[_with_answers(said[row[0].id], row[0], answers, said, subject, counts) for row in threads],
        next_url=next_url,
        sort=sort,
        count=counts[subject.id].comments,
        newest_id=max((row[0].id for row in rows), default=UUID(int=0)).hex,
    )


def answer_page(subject: Subject, thread_id: UUID, asker: Asker, *, after: str | None) -> tuple[list[Said], str]:
    """Further answers of a thread, and the address of those that follow.

    Raises:
        BadCursor: ``after`` was changed on the way.
    """
    place = decode_place(after)
    rows = queries.list_answers(subject, thread_id, asker.id, place[1] if place else None)
    shown = rows[: queries.ANSWERS]
    counts = tallies.exact([row[0].id for row in shown])
    said = _present(shown, {subject.id: subject}, asker, counts)
    more = len(rows) > queries.ANSWERS
    return list(said.values()), _answers_url(subject, thread_id, shown[-1][0].id) if more else ""


def owner_page(rows: Sequence[CommentRow], subjects: Mapping[UUID, Subject], owner_id: UUID) -> list[Said]:
    """Comments under everything of their viewer; ``subjects`` are what they are about, by id."""
    return list(_present(rows, subjects, Asker(owner_id, is_staff=False, may_write=True), None).values())


def subject_id_of(comment: Comment) -> UUID:
    """The id of what a comment is about."""
    found = comment.medium_id or comment.set_id or comment.post_id
    assert found is not None  # noqa: S101 - held by the table
    return found


def speaker_of(author: User | None) -> Speaker:
    """Who said something; whoever leaves, or has left, is nobody."""
    if author is None or author.is_withheld:
        return Speaker("Someone who left")
    url = links.person_url(author.username)
    return Speaker(author.display_name, author.username, url, Artwork.of(author.avatar))


def _order(comment: Comment, sort: Sort) -> tuple[int, int]:
    rank, place = queries.rank_of(comment, sort), comment.id.int
    return (rank, place) if sort is Sort.TIME else (-rank, -place)


def _answers_url(subject: Subject, thread_id: UUID, after: UUID) -> str:
    return address_of(subject, thread=thread_id.hex, after=encode_place(0, after))


def _present(
    rows: Sequence[CommentRow],
    subjects: Mapping[UUID, Subject],
    asker: Asker,
    counts: Mapping[UUID, Counts] | None,
    linked: str = "",
) -> dict[UUID, Said]:
    comments = [row[0] for row in rows]
    html = words.shown(
        [comment.body for comment in comments],
        viewer_id=asker.id,
        timelines=[timeline_of(subjects[subject_id_of(comment)]) for comment in comments],
    )
    held = [one.id for one in comments if one.hold is not None and one.author_id == asker.id]
    waiting = notes_of(Screened.COMMENT, held)
    said = {}
    for (comment, is_muted, answers_whom, _, is_liked), text in zip(rows, html, strict=True):
        subject = subjects[subject_id_of(comment)]
        is_left = comment.author is None or comment.author.is_withheld
        is_gone = comment.state is CommentState.DELETED or is_left
        is_own = asker.id is not None and comment.author_id == asker.id
        is_hidden = comment.hold is not None and not is_gone
        owns_thing = asker.id is not None and subject.owner_id == asker.id
        said[comment.id] = Said(
            public_id=comment.public_id,
            speaker=speaker_of(comment.author),
            html=Markup("") if is_gone or (is_hidden and not is_own) else text,
            hold=comment.hold.value if is_hidden and comment.hold is not None else "",
            waits=waiting.get(comment.id, ""),
            state=CommentState.DELETED.value if is_gone else comment.state.value,
            created_at=comment.created_at,
            edited=comment.edited_at is not None,
            is_answer=comment.thread_id is not None,
            answers_whom=answers_whom or "",
            at_ms=None if is_gone or is_hidden else comment.at_ms,
            at_url=_moment_url(subject, comment.at_ms),
            pinned=comment.pinned_at is not None,
            hearted=comment.hearted_at is not None,
            is_muted=bool(is_muted) and not is_gone,
            is_linked=comment.public_id == linked,
            reactions=reactions_of(
                asker.id,
                of_comment(comment, subject),
                counts=counts[comment.id],
                liked=is_liked,
                look="compact",
            )
            if counts is not None and comment.state is CommentState.VISIBLE and not is_gone and not is_hidden
            else None,
            is_own=is_own,
            may_answer=asker.may_write and comment.state is CommentState.VISIBLE and not (is_gone or is_hidden),
            may_edit=is_own and not (is_gone or is_hidden),
            may_delete=not is_gone and (is_own or owns_thing or asker.is_staff),
            may_report=asker.id is not None and not (is_own or is_gone or is_hidden),
            may_care=owns_thing and not (is_gone or is_hidden),
            on_title=subject.title,
            on_url=subject.url,
            permalink=address_of(subject, comment=comment.public_id) + f"#comment-{comment.public_id}",
            secret=subject.secret,
        )
    return said


def _moment_url(subject: Subject, at_ms: int | None) -> str:
    if at_ms is None:
        return ""
    return f"{subject.url}{'&' if '?' in subject.url else '?'}t={at_ms // 1000}"


def _with_answers(
    said: Said,
    thread: Comment,
    answers: Iterable[CommentRow],
    presented: Mapping[UUID, Said],
    subject: Subject,
    counts: Mapping[UUID, Counts],
) -> Said:
    """A thread with its first answers, and where the further ones are."""
    own = [row[0] for row in answers if row[0].thread_id == thread.id]
    shown = own[: queries.FIRST_ANSWERS]
    shown += [one for one in own[queries.FIRST_ANSWERS :] if presented[one.id].is_linked]
    more = len(own) > queries.FIRST_ANSWERS
    return replace(
        said,
        answers=[presented[one.id] for one in shown],
        answer_count=counts[thread.id].comments,
        more_answers_url=_answers_url(subject, thread.id, own[queries.FIRST_ANSWERS - 1].id) if more else "",
    )
