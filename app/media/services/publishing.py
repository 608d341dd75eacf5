"""Publishing: draft, schedule, publish, take back; public, unlisted with a secret, private."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.core.clock import now
from app.core.events import publish
from app.core.holds import Hold
from app.core.ids import secret
from app.extensions import db
from app.media import gate
from app.media.errors import NotPlayableYet, ScheduleInPast
from app.media.events import MediumChanged, MediumListed, MediumOpened, MediumPublished, MediumRestricted
from app.media.models import Medium, MediumState, Visibility
from app.media.services import screened


def publish_medium(medium: Medium) -> None:
    """Let those for whom it is meant find it, from now on. One that is still being made appears when it can be played.

    Raises:
        NotPlayableYet: its file failed.
        Refused: more than a new account may do.
    """
    if medium.state is MediumState.FAILED and medium.version_id is None:
        raise NotPlayableYet
    medium.publish_at = None
    verdict = None
    if medium.published_at is None:
        verdict = screened.screen_words(medium, is_first_showing=True)
        medium.published_at = now()
        publish(MediumPublished(medium_id=medium.id))
    refresh_listed(medium)
    if gate.is_open_to_all(medium):
        publish(MediumOpened(medium_id=medium.id))
    if verdict is not None:
        verdict.settle(medium.id)


def unpublish_medium(medium: Medium) -> None:
    """Make it a draft again: only its owner finds it."""
    was = _openness(medium)
    medium.published_at = medium.publish_at = None
    _after_change(medium, was)


def set_visibility(
    medium: Medium, visibility: Visibility, *, publish_at: datetime | None, available_until: datetime | None
) -> None:
    """Choose for whom a medium is, and between which moments.

    A draft with a ``publish_at`` is published then; a published one ignores it.

    Raises:
        ScheduleInPast: ``available_until`` is over, or before ``publish_at``.
    """
    if available_until is not None and available_until <= max(now(), publish_at or now()):
        raise ScheduleInPast("It must be available until a time that is still to come, and after it is published.")
    if publish_at is not None and publish_at <= now():
        raise ScheduleInPast("That time is over. To publish now, use the button.")
    was = _openness(medium)
    medium.visibility = visibility
    if visibility is Visibility.UNLISTED and medium.link_secret is None:
        medium.link_secret = secret()
    medium.publish_at = publish_at if medium.published_at is None else None
    medium.available_until = available_until
    _after_change(medium, was)


def reset_secret(medium: Medium) -> None:
    """Give a medium a new secret link; the old one stops working at once, and so do the addresses behind it."""
    medium.link_secret = secret()
    if medium.visibility is Visibility.UNLISTED:
        publish(MediumRestricted(medium_id=medium.id))
        publish(MediumChanged(public_id=medium.public_id))


def refresh_listed(medium: Medium) -> None:
    """Keep ``listed`` true to the gate. Call it after anything that the gate looks at has changed.

    Works of somebody whom moderators limited are in no listings, but who follows them hears of new ones; being told of
    an old one again does nothing.
    """
    is_limited = db.session.get_one(User, medium.owner_id).is_limited
    is_found, was_listed = gate.is_listed(medium), medium.listed
    medium.listed = is_found and not is_limited
    if is_found and not was_listed:
        publish(MediumListed(medium_id=medium.id))


def publish_due(limit: int = 100) -> Sequence[UUID]:
    """Publish what is scheduled for now or earlier."""
    query = select(Medium).where(Medium.publish_at <= now()).order_by(Medium.publish_at)
    due = db.session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()
    for medium in due:
        if medium.state is MediumState.FAILED and medium.version_id is None:
            medium.publish_at = None
            continue
        publish_medium(medium)
    return [medium.id for medium in due]


def retire_run_out(limit: int = 100) -> Sequence[UUID]:
    """Take out of listings, and off their public addresses, the media whose time has run out."""
    query = select(Medium).where(Medium.listed, Medium.available_until <= now()).order_by(Medium.available_until)
    over = db.session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()
    for medium in over:
        _after_change(medium, (True, True))
    return [medium.id for medium in over]


def withhold_media_of(owner_id: UUID, *, withheld: bool) -> None:
    """Hide or show again everything of a person whose account is on its way out, or back."""
    for medium in db.session.scalars(select(Medium).where(Medium.owner_id == owner_id).with_for_update()):
        was = _openness(medium)
        medium.withheld = withheld or medium.hold is not None
        _after_change(medium, was)


def set_hold(medium: Medium, hold: Hold | None) -> None:
    """Take a medium away from everyone but its owner, or give it back, as what stands against it says."""
    was = _openness(medium)
    medium.hold = hold
    medium.withheld = hold is not None or db.session.get_one(User, medium.owner_id).is_withheld
    _after_change(medium, was)


def mark_explicit(medium: Medium, *, explicit: bool) -> None:
    """Keep what its owner says of it: that it is not for children."""
    if explicit is not medium.explicit:
        was = _openness(medium)
        medium.explicit = explicit
        _after_change(medium, was)


def restrict_age(medium: Medium, *, restricted: bool) -> None:
    """Say that a medium is for adults, whatever its owner says; or that it is not, after all.

    Its picture, too, leaves or finds its public address.
    """
    was = _openness(medium)
    medium.age_restricted = restricted
    _after_change(medium, was)


def _openness(medium: Medium) -> tuple[bool, bool]:
    """Whether its sound and film are for everyone, and whether its picture is: that of explicit work is."""
    return gate.is_open_to_all(medium), gate.is_picture_open(medium)


def _after_change(medium: Medium, was: tuple[bool, bool]) -> None:
    refresh_listed(medium)
    turns = list(zip(was, _openness(medium), strict=True))
    if (True, False) in turns:
        publish(MediumRestricted(medium_id=medium.id))
    if (False, True) in turns:
        publish(MediumOpened(medium_id=medium.id))
    publish(MediumChanged(public_id=medium.public_id))
