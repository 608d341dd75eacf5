"""The jobs of filters. Each may run twice."""

import time
from typing import Final
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.accounts.models import Role, User
from app.core.alone import alone_at
from app.core.mail import send_mail
from app.extensions import db
from app.moderation import filter_rescans
from app.moderation.filter_models import FilterHit
from app.moderation.services import filter_following, filter_trials

RESCAN_SECONDS: Final = 45.0
"""Well within what a job may take, so that others have their turn."""


def follow_case(case_id: str) -> None:
    """A case is closed: what filters found of its thing is let through, or upheld."""
    filter_following.follow_case(case_id)
    db.session.commit()


def follow_reversal(decision_id: str) -> None:
    """What hid a thing was reversed: the filters let it through."""
    filter_following.follow_reversal(decision_id)
    db.session.commit()


def follow_appeal(appeal_id: str) -> None:
    """An appeal against what a filter decided is answered: upheld, it counts for the rule."""
    filter_following.follow_appeal(appeal_id)
    db.session.commit()


def try_rules() -> None:
    """Go on with the trials that wait, a batch at a time."""
    while filter_trials.go_on():
        db.session.commit()
    db.session.commit()


def rescan() -> None:
    """Go on looking through what is there, a batch at a time, for a while: a chore rings again while there is more."""
    with alone_at("filters.rescan", wait_s=1) as is_ours:
        until = time.monotonic() + RESCAN_SECONDS
        while is_ours and time.monotonic() < until and filter_rescans.go_on():
            pass


def alarm(hit_id: str) -> None:
    """Mail every admin that a filter for child safety found something. The mail says no more than the reference."""
    hit = db.session.get(FilterHit, UUID(hit_id))
    if hit is None:
        return
    url = f"{current_app.config['SETTINGS'].public_url}/admin/filters/hits/{hit.reference}"
    admins = db.session.scalars(select(User).where(User.role == Role.ADMIN).order_by(User.id)).all()
    for admin in [one for one in admins if one.may_act]:
        send_mail(
            to=admin.email,
            subject=f"Look at this now: child safety, {hit.reference}",
            text=ALARM.format(reference=hit.reference, why=hit.why, url=url),
        )


ALARM = """A filter for child safety found something, and holds it. Nobody but its author and the staff can see it.

Reference: {reference}
Rule: {why}

Look at it, and do what the law asks of you where you are (in many places: report it within a day):
{url}

The evidence is kept, whoever deletes it. Do not copy it, and do not send it on by mail.
"""
