"""What the spine and the workers do about notifications. Each of these may run twice; each commits."""

import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from app.core.queue import DEFAULT, ring
from app.extensions import db
from app.messaging import inbox
from app.messaging.services import fan_outs, gathering, mailing, notices, pushing
from app.messaging.services.notices import Notice

FAN_OUT = "app.messaging.notice_jobs.fan_out"
SEND_MAIL = "app.messaging.notice_jobs.send_mail"
SEND_PUSHES = "app.messaging.notice_jobs.send_pushes"
MAIL_SECONDS = PUSH_SECONDS = 200.0
CHUNKS_A_JOB = 200
"""A job ends before its time is over; the next goes on."""


def together(gather: Callable[[Any], list[Notice]]) -> Callable[[Sequence[Any]], None]:
    """A reaction of the spine to many events at once: ``gather`` says who is to hear of them."""

    def react(events: Sequence[Any]) -> None:
        _write(gather(events))

    return react


def tell_of_comment(comment_id: str) -> None:
    """Tell whom a comment concerns."""
    _write(gathering.of_comment(UUID(comment_id)))


def tell_of_held_comment(comment_id: str) -> None:
    """Tell the owner of a thing that a comment waits."""
    _write(gathering.of_held_comment(UUID(comment_id)))


def tell_of_heart(comment_id: str) -> None:
    """Tell the author of a comment of the heart."""
    _write(gathering.of_heart(UUID(comment_id)))


def tell_of_invitation(invitation_id: str) -> None:
    """Tell whom it invites."""
    _write(gathering.of_invitation(UUID(invitation_id)))


def tell_of_post_mentions(post_id: str) -> None:
    """Tell those whom a post names."""
    _write(gathering.of_post_mentions(UUID(post_id)))


def forget_between(one_id: str, other_id: str) -> None:
    """After a block: take back what the two were told of each other."""
    changed = notices.forget_between(UUID(one_id), UUID(other_id))
    db.session.commit()
    for person_id in changed:
        inbox.tell(person_id)


def begin_release(events: Sequence[Any]) -> None:
    """A reaction of the spine: note what followers are to be told of, and ring for the telling."""
    begun = [fan_outs.begin_of_medium(event.medium_id) for event in events]
    db.session.commit()
    if any(begun):
        ring(DEFAULT, FAN_OUT)


def begin_set(events: Sequence[Any]) -> None:
    """Likewise of albums and series."""
    begun = [fan_outs.begin_of_set(event.set_id) for event in events]
    db.session.commit()
    if any(begun):
        ring(DEFAULT, FAN_OUT)


def begin_post(events: Sequence[Any]) -> None:
    """Likewise of posts."""
    begun = [fan_outs.begin_of_post(event.post_id) for event in events]
    db.session.commit()
    if any(begun):
        ring(DEFAULT, FAN_OUT)


def fan_out() -> None:
    """Tell followers, chunk by chunk, until nobody waits or the job has worked long enough."""
    for _ in range(CHUNKS_A_JOB):
        here = fan_outs.tell_next_chunk()
        db.session.commit()
        if here is None:
            break
        for person_id in here:
            inbox.tell(person_id)
    else:
        ring(DEFAULT, FAN_OUT)
    _ring_for_channels()


def send_mail() -> None:
    """Send the mails that are due, person by person, until there is none."""
    mailing.give_up_lost()
    db.session.commit()
    stop_at = time.monotonic() + MAIL_SECONDS
    while (letter := mailing.claim_letter()) is not None:
        db.session.commit()
        taken = mailing.send_letter(letter)
        db.session.commit()
        if not taken:
            return  # the server is away: the spine rings again
        if time.monotonic() > stop_at:
            ring(DEFAULT, SEND_MAIL)
            return


def send_pushes() -> None:
    """Send the pushes that are due, until there is none."""
    stop_at = time.monotonic() + PUSH_SECONDS
    while deliveries := pushing.claim_due():
        db.session.commit()
        for delivery in deliveries:
            pushing.send_delivery(delivery)
            db.session.commit()
        if time.monotonic() > stop_at:
            ring(DEFAULT, SEND_PUSHES)
            return


def _write(given: Sequence[Notice]) -> None:
    told = notices.write_notices(given)
    db.session.commit()
    for person_id in told:
        inbox.tell(person_id)
    if told:
        _ring_for_channels()


def _ring_for_channels() -> None:
    """Ring for what is to be sent now; the spine rings again for what stays behind."""
    if pushing.are_due():
        ring(DEFAULT, SEND_PUSHES)
    if mailing.are_due():
        ring(DEFAULT, SEND_MAIL)
