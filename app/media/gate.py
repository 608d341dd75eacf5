"""The one gate: who may know of a medium, play it, download it, change it. Everything asks here.

Pages, playlists, segments, pictures, captions, downloads, embeds, search results and sockets call ``decide``; nothing
else in the application compares a visibility. A rule is a pure function of the medium, the viewer and the secret that
came with the request.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from flask import current_app, has_app_context
from sqlalchemy import ColumnElement, and_, false, literal, or_

from app.core import options, refusals
from app.core.clock import now
from app.core.holds import Hold
from app.core.refusals import Refusal
from app.media.errors import AgeUnsaid, LinkEnded, MediumNotFound
from app.media.models import Medium, MediumState, Visibility


class Action(StrEnum):
    """What someone wants to do with a medium."""

    SEE = "see"
    PLAY = "play"
    DOWNLOAD = "download"
    EDIT = "edit"


class Viewer(Protocol):
    """Whoever asks; ``id`` is None for strangers."""

    @property
    def id(self) -> UUID | None:
        """Their account's id."""

    @property
    def is_adult(self) -> bool:
        """Whether they have said that they are old enough for what is for adults."""

    def is_apart_from(self, person_id: UUID, /) -> bool:
        """Whether a block stands between them and a person."""


class Gated(Protocol):
    """What the gate looks at; a ``Medium`` has it, a set has it, and so has a row of a medium's columns."""

    @property
    def id(self) -> UUID: ...  # noqa: D102 - as Medium's columns
    @property
    def owner_id(self) -> UUID: ...  # noqa: D102
    @property
    def visibility(self) -> Visibility: ...  # noqa: D102
    @property
    def link_secret(self) -> str | None: ...  # noqa: D102
    @property
    def published_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def available_until(self) -> datetime | None: ...  # noqa: D102
    @property
    def withheld(self) -> bool: ...  # noqa: D102
    @property
    def hold(self) -> Hold | None: ...  # noqa: D102
    @property
    def state(self) -> MediumState: ...  # noqa: D102
    @property
    def downloads_allowed(self) -> bool: ...  # noqa: D102
    @property
    def explicit(self) -> bool: ...  # noqa: D102
    @property
    def age_restricted(self) -> bool: ...  # noqa: D102


class Restrictable(Protocol):
    """What moderators may restrict to adults: media, posts, and rows of their columns."""

    @property
    def age_restricted(self) -> bool: ...  # noqa: D102


class Reason(StrEnum):
    """Why the gate decided as it did; pages turn it into words."""

    OWNER = "owner"
    PUBLIC = "public"
    SECRET_LINK = "secret_link"  # noqa: S105 - a reason
    SHARE_LINK = "share_link"
    """By a named link. Sound and picture want a play that counts: delivery begins one, and hands out its ticket."""
    SHARED_PLAY = "shared_play"
    """By the ticket of a play that has begun by such a link."""
    LINK_ENDED = "link_ended"
    REMOVED = "removed"
    NOT_PUBLISHED = "not_published"
    RUN_OUT = "run_out"
    WITHHELD = "withheld"
    NEEDS_SECRET = "needs_secret"  # noqa: S105 - a reason
    PRIVATE = "private"
    NO_DOWNLOADS = "no_downloads"
    NOT_OWNER = "not_owner"
    APART = "apart"
    REVIEW = "review"
    """A moderator looks at what is held or reported."""
    NEEDS_AGE = "needs_age"
    """It is for adults: one may know of it, and plays it after saying that one is."""


@dataclass(frozen=True)
class Decision:
    """The gate's answer. ``unlock`` names what would open a closed gate, empty where nothing would; ``whom`` to ask."""

    allowed: bool
    reason: Reason
    unlock: str = ""
    whom: str = ""


class Opening(StrEnum):
    """What a secret of a named link is good for at this moment."""

    LINK = "link"
    PLAY = "play"
    ENDED = "ended"


@dataclass(frozen=True)
class Pass:
    """What a named link says of a thing, and by whose hand it is."""

    opening: Opening
    whom: str


class Passes(Protocol):
    """Whoever knows the named links. ``app.extensions["passes"]`` is one."""

    def __call__(self, secret: str, thing: Gated, /) -> Pass | None:
        """What ``secret`` opens of ``thing``; None where it has nothing to do with it."""


class Reviewing(Protocol):
    """Whoever knows what moderators are to look at. ``app.extensions["reviewing"]`` is one."""

    def __call__(self, reviewer_id: UUID, thing: Gated, /) -> bool:
        """Whether the thing is held, or somebody reported it, and this member of staff may look at it."""


def decide(viewer: Viewer, medium: Gated, action: Action, *, secret: str | None = None) -> Decision:
    """Whether ``viewer`` may do ``action`` with ``medium``, given the link secret that the request carried."""
    if viewer.id is not None and viewer.id == medium.owner_id:
        if _is_removed(medium) and action is not Action.SEE:
            return Decision(allowed=False, reason=Reason.REMOVED)
        return Decision(allowed=True, reason=Reason.OWNER)
    if action is Action.EDIT:
        return Decision(allowed=False, reason=Reason.NOT_OWNER)
    opened = _opened_to_others(medium, secret)
    if (opened.allowed or opened.reason is Reason.LINK_ENDED) and viewer.is_apart_from(medium.owner_id):
        return Decision(allowed=False, reason=Reason.APART)
    if opened.allowed and action is not Action.SEE and is_for_adults(medium) and not viewer.is_adult:
        return Decision(allowed=False, reason=Reason.NEEDS_AGE, unlock="age")
    if opened.allowed and action is Action.DOWNLOAD and not medium.downloads_allowed:
        return Decision(allowed=False, reason=Reason.NO_DOWNLOADS)
    if not opened.allowed and action in {Action.SEE, Action.PLAY} and _is_under_review(viewer, medium):
        return Decision(allowed=True, reason=Reason.REVIEW)
    return opened


def require(viewer: Viewer, medium: Gated | None, action: Action, *, secret: str | None = None) -> Decision:
    """As ``decide``, for callers that cannot go on without.

    Raises:
        MediumNotFound: the gate is closed, or there is no medium; which of both stays unsaid.
        LinkEnded: the secret is of a named link that opened it, and does not any more.
        AgeUnsaid: it is for adults, and the viewer has not said that they are one.
    """
    if medium is None:
        raise MediumNotFound
    decision = told(medium, action, decide(viewer, medium, action, secret=secret))
    if decision.reason is Reason.LINK_ENDED:
        raise LinkEnded(decision.whom)
    if decision.reason is Reason.NEEDS_AGE:
        raise AgeUnsaid(adult_age())
    if not decision.allowed:
        raise MediumNotFound
    return decision


def told(medium: Gated, action: Action, decision: Decision) -> Decision:
    """``decision``, written down where it is a no that somebody hears; what merely asks leaves that alone."""
    if not decision.allowed:
        refusals.tell(
            Refusal.GATE, "gate_refused", thing=str(medium.id), action=action.value, reason=decision.reason.value
        )
    return decision


def is_public(medium: Gated) -> bool:
    """Whether everyone may know of it without any secret, and play it if they are old enough."""
    return _closed_to_others(medium) is None and medium.visibility is Visibility.PUBLIC


def is_open_to_all(medium: Gated) -> bool:
    """Whether a stranger without any secret may see and play it, so that caches may keep what it is made of."""
    return is_public(medium) and not is_for_adults(medium)


def is_picture_open(medium: Gated) -> bool:
    """Whether its picture is for everyone, too: of what is only explicit it is."""
    return is_public(medium) and not is_veiled(medium)


def is_listed(medium: Medium) -> bool:
    """Whether listings show it to everyone: public, and there is something to play."""
    return is_public(medium) and medium.version_id is not None


def public_column(table: Any, *, moment: Any = None) -> ColumnElement[bool]:
    """``is_public`` of the rows of a statement over ``Medium`` or ``Set``; ``moment`` is now where nothing is said."""
    moment = now() if moment is None else moment
    said = [
        table.visibility == Visibility.PUBLIC, table.published_at <= moment, ~table.withheld,
        table.hold.is_distinct_from(Hold.REMOVED),
    ]  # fmt: skip
    if table is Medium:
        over = or_(Medium.available_until.is_(None), Medium.available_until > moment)
        said += [Medium.state != MediumState.REMOVED, over]
    return and_(*said)


def listed_column(*, moment: Any = None) -> ColumnElement[bool]:
    """``is_listed`` of the rows of a statement over ``Medium``, whatever keeps a work out of strangers' listings.

    ``Medium.listed`` has an index and leaves out whom moderators limited. This is for where people look for one person:
    on their pages, in their sets, in the feeds of who follows them.
    """
    return and_(public_column(Medium, moment=moment), Medium.version_id.is_not(None))


ADULT_AGE = options.register(
    options.Option(
        "age.adult", options.Kind.INT, 18, "Age of adults",
        "Who wants to play what is for adults says first that they are this old. 0 asks nobody.",
        group="Age", high=25, unit="years",
    )
)  # fmt: skip
EXPLICIT_TOO = options.register(
    options.Option(
        "age.explicit", options.Kind.BOOL, True, "Explicit work is for adults",
        "Also what artists call explicit asks for the age, not only what moderators restricted.",
        group="Age",
    )
)  # fmt: skip


def adult_age() -> int:
    """From which age on people play what is for adults; 0 where nobody is asked."""
    return int(options.get(ADULT_AGE.name)) if has_app_context() else int(ADULT_AGE.default)


def is_veiled(thing: "Restrictable") -> bool:
    """Whether its picture and its words are behind the question for the age as well: moderators restricted it."""
    return thing.age_restricted and adult_age() > 0


def is_for_adults(thing: Gated) -> bool:
    """Whether one has to say that one is an adult before one plays it."""
    if not (thing.explicit or thing.age_restricted):
        return False
    return is_veiled(thing) or (adult_age() > 0 and explicit_is_for_adults())


def for_adults_column() -> ColumnElement[bool]:
    """``is_for_adults`` of the rows of a statement over ``Medium``."""
    if not adult_age():
        return false()
    return or_(Medium.age_restricted, and_(Medium.explicit, literal(explicit_is_for_adults())))


def explicit_is_for_adults() -> bool:
    """Whether the artist's word is enough for the question."""
    return bool(options.get(EXPLICIT_TOO.name) if has_app_context() else EXPLICIT_TOO.default)


def _is_removed(medium: Gated) -> bool:
    return medium.state is MediumState.REMOVED or medium.hold is Hold.REMOVED


def _is_under_review(viewer: Viewer, medium: Gated) -> bool:
    """Whether this member of staff looks at what is held or reported; costs a statement, for staff alone."""
    if viewer.id is None or not getattr(viewer, "is_staff", False) or not has_app_context():
        return False
    reviewing: Reviewing | None = current_app.extensions.get("reviewing")
    return reviewing is not None and reviewing(viewer.id, medium)


def _closed_to_others(medium: Gated) -> Reason | None:
    """What keeps everyone but the owner out, whatever the visibility."""
    if _is_removed(medium):
        return Reason.REMOVED
    if medium.withheld:
        return Reason.WITHHELD
    if medium.published_at is None or medium.published_at > now():
        return Reason.NOT_PUBLISHED
    if medium.available_until is not None and medium.available_until <= now():
        return Reason.RUN_OUT
    return None


def _opened_to_others(medium: Gated, secret: str | None) -> Decision:
    """What its state and its visibility say, then, where they say no, a named link. It opens drafts, too."""
    closed = _closed_to_others(medium)
    opened = _opened_by_visibility(medium, secret) if closed is None else Decision(allowed=False, reason=closed)
    if opened.allowed or not secret or closed not in {None, Reason.NOT_PUBLISHED} or not has_app_context():
        return opened
    passes: Passes | None = current_app.extensions.get("passes")
    found = passes(secret, medium) if passes is not None else None
    if found is None:
        return opened
    match found.opening:
        case Opening.LINK:
            return Decision(allowed=True, reason=Reason.SHARE_LINK)
        case Opening.PLAY:
            return Decision(allowed=True, reason=Reason.SHARED_PLAY)
        case Opening.ENDED:
            return Decision(allowed=False, reason=Reason.LINK_ENDED, unlock="share_link", whom=found.whom)


def _opened_by_visibility(medium: Gated, secret: str | None) -> Decision:
    match medium.visibility:
        case Visibility.PUBLIC:
            return Decision(allowed=True, reason=Reason.PUBLIC)
        case Visibility.UNLISTED:
            if secret and medium.link_secret and hmac.compare_digest(secret.encode(), medium.link_secret.encode()):
                return Decision(allowed=True, reason=Reason.SECRET_LINK)
            return Decision(allowed=False, reason=Reason.NEEDS_SECRET, unlock="secret_link")
        case Visibility.PRIVATE:
            return Decision(allowed=False, reason=Reason.PRIVATE)
