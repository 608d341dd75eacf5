"""Looking after other people's accounts, as staff do on the desk and operators by commands.

Every act has a reason and stands in the audit log. ``by`` is None for a command: whoever may run those is above all
ranks. Nobody acts on themselves, an equal or a superior. The caller commits.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select

from app.accounts.errors import EmailTaken
from app.accounts.events import AccountNotice
from app.accounts.factor_models import Authenticator, Passkey, RecoveryCode, TrustedDevice
from app.accounts.models import Role, Session, Standing, TokenPurpose, User
from app.accounts.roles import RANK, outranks
from app.accounts.services import mailed_tokens, sessions, sign_up
from app.accounts.staff_models import StaffNote
from app.accounts.staff_queries import was_view_noted
from app.core import audit
from app.core.clock import now
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.events import publish
from app.extensions import db

LONGEST_NOTE: Final = 4_000


class MayNotActOn(Forbidden):
    """The other one is the actor, an equal or a superior."""

    sentence = "Nobody acts on themselves, nor on somebody of their own rank or above."


class ReasonMissing(DomainError):
    """An act on somebody's account without saying why."""

    sentence = "Say why: the log keeps it, and you will want to know it later."


class LastAdmin(Conflict):
    """Without them nobody could give roles any more."""

    sentence = "This is the last admin. Make somebody else one first."


class NothingToDo(Conflict):
    """It is so already."""

    sentence = "It is so already."


def note_view(by: User, person: User) -> bool:
    """Write down that staff looked at what is private of someone: once an hour. Says whether there is to commit."""
    if by.id == person.id or was_view_noted(by.id, person.id):
        return False
    audit.record("person.viewed", actor=by, about=person, subject=("person", person.id))
    return True


def give_role(person: User, role: Role, *, by: User | None, reason: str) -> None:
    """Give someone a role, more or less than they had; they are told by mail.

    Raises:
        MayNotActOn, ReasonMissing, NothingToDo
        LastAdmin: nobody else could give roles.
    """
    reason = _require(person, by, reason)
    if by is not None and RANK[role] > RANK[by.role]:
        raise MayNotActOn
    if person.role is role:
        raise NothingToDo(f"@{person.username} is {role.value} already.")
    if person.role is Role.ADMIN:
        _require_another_admin(person)
    before, person.role = person.role, role
    audit.record(
        "role.granted" if RANK[role] >= RANK[before] else "role.revoked",
        actor=by, about=person, subject=("person", person.id), reason=reason,
        before={"role": before.value}, after={"role": role.value}, facts={"from": before.value, "to": role.value},
    )  # fmt: skip
    publish(AccountNotice(user_id=person.id, email=person.email, notice="role_changed"))


def confirm_email(person: User, *, by: User | None, reason: str) -> None:
    """Take someone's address for theirs without a link, because they showed it in another way.

    Raises:
        MayNotActOn, ReasonMissing, NothingToDo
    """
    reason = _require(person, by, reason)
    if person.email_verified_at is not None:
        raise NothingToDo("This address is verified already.")
    person.email_verified_at = now()
    mailed_tokens.end_links(person, TokenPurpose.VERIFY_EMAIL)
    audit.record("email.verified_by_staff", actor=by, about=person, subject=("person", person.id), reason=reason)


def correct_email(person: User, email: str, *, by: User | None, reason: str) -> None:
    """Give someone another address, which they then verify; the old one is told.

    Links that were mailed to the old one stop working.

    Raises:
        MayNotActOn, ReasonMissing, NothingToDo
        EmailTaken: another account has it.
    """
    reason, email = _require(person, by, reason), email.strip()
    if email == person.email:
        raise NothingToDo("That is their address already.")
    if mailed_tokens.is_spoken_for(email.lower(), but=person):
        raise EmailTaken("Another account has this address, or had it until lately and may take it back.")
    before = person.email
    for purpose in TokenPurpose:
        mailed_tokens.end_links(person, purpose)
    person.email, person.email_key, person.email_verified_at = email, email.lower(), None
    db.session.flush()
    publish(AccountNotice(user_id=person.id, email=before, notice="email_corrected"))
    mailed_tokens.request_mail(person, TokenPurpose.VERIFY_EMAIL, email=email)
    audit.record(
        "email.corrected", actor=by, about=person, subject=("person", person.id), reason=reason,
        before={"email": before}, after={"email": email},
    )  # fmt: skip


def resend(person: User, purpose: TokenPurpose, *, by: User | None) -> None:
    """Mail someone the link to verify their address, or to set a new password, once more.

    Raises:
        MayNotActOn, NothingToDo
    """
    _require_rank(person, by)
    if purpose is TokenPurpose.VERIFY_EMAIL and person.email_verified_at is not None:
        raise NothingToDo("This address is verified already.")
    mailed_tokens.request_mail(person, purpose, email=person.email)
    audit.record("mail.resent", actor=by, about=person, subject=("person", person.id), facts={"purpose": purpose.value})


def end_sessions(person: User, *, by: User | None, reason: str, only: UUID | None = None) -> int:
    """Log someone out everywhere, or in one browser; returns of how many. Their pages and sockets end with that.

    Raises:
        MayNotActOn, ReasonMissing
    """
    reason = _require(person, by, reason)
    living = select(func.count()).select_from(Session).where(
        Session.user_id == person.id, Session.revoked_at.is_(None), Session.expires_at > now(),
        *([Session.id == only] if only is not None else []),
    )  # fmt: skip
    count = db.session.scalar(living) or 0
    if only is None:
        sessions.revoke_sessions(person, by=by, why=sessions.BY_STAFF)
    else:
        sessions.revoke_session(person, only, by=by, why=sessions.BY_STAFF)
    audit.record(
        "sessions.ended_by_staff", actor=by, about=person, subject=("person", person.id), reason=reason,
        facts={"count": count},
    )  # fmt: skip
    return count


def reset_factors(person: User, *, by: User | None, reason: str) -> int:
    """Remove every second factor of someone who lost all of theirs; returns how many. They are logged out and told.

    Their password stays, so this lets nobody in who does not know it.

    Raises:
        MayNotActOn, ReasonMissing, NothingToDo
    """
    reason = _require(person, by, reason)
    removed = 0
    for kind in (Authenticator, Passkey, RecoveryCode, TrustedDevice):
        gone = db.session.execute(delete(kind).where(kind.user_id == person.id).returning(kind.user_id)).all()
        removed += len(gone) if kind in {Authenticator, Passkey} else 0
    if not removed and not person.has_factor:
        raise NothingToDo("There is no second factor on this account.")
    person.has_factor = False
    sessions.revoke_sessions(person, by=by, why=sessions.BY_STAFF)
    publish(AccountNotice(user_id=person.id, email=person.email, notice="factors_reset"))
    audit.record(
        "factors.reset_by_staff", actor=by, about=person, subject=("person", person.id), reason=reason,
        facts={"count": removed},
    )  # fmt: skip
    return removed


def close_account(person: User, *, by: User | None, reason: str) -> None:
    """Let someone's account go after the time of grace, as if they had asked; they are logged out, and can come back.

    Raises:
        MayNotActOn, ReasonMissing, NothingToDo, LastAdmin
    """
    reason = _require(person, by, reason)
    if person.deletion_due_at is not None:
        raise NothingToDo("This account is on its way out already.")
    if person.role is Role.ADMIN:
        _require_another_admin(person)
    sign_up.begin_closing(person)
    sessions.revoke_sessions(person, by=by, why=sessions.BY_STAFF)
    audit.record("account.closed_by_staff", actor=by, about=person, subject=("person", person.id), reason=reason)


def keep_account(person: User, *, by: User | None, reason: str) -> None:
    """Take it back that someone's account goes.

    Raises:
        MayNotActOn, ReasonMissing, NothingToDo
    """
    reason = _require(person, by, reason)
    if not sign_up.end_closing(person):
        raise NothingToDo("This account stays anyway.")
    audit.record("account.kept_by_staff", actor=by, about=person, subject=("person", person.id), reason=reason)


def add_note(person: User, body: str, *, by: User) -> None:
    """Write something down about someone, for other staff.

    Raises:
        MayNotActOn: about oneself, or a superior; about an equal one may.
        DomainError: it is empty or too long.
    """
    if by.id == person.id or RANK[person.role] > RANK[by.role]:
        raise MayNotActOn
    body = body.strip()
    if not body or len(body) > LONGEST_NOTE:
        raise DomainError(f"A note has 1 to {LONGEST_NOTE:,} characters.")
    note = StaffNote(person_id=person.id, author_id=by.id, body=body)
    db.session.add(note)
    db.session.flush()
    audit.record("staff_note.written", actor=by, about=person, subject=("person", person.id), after={"note": body})


def delete_note(note_id: UUID, person: User, *, by: User) -> bool:
    """Take back what one wrote about someone; says whether there was such a note of one's own."""
    found = db.session.execute(
        delete(StaffNote)
        .where(StaffNote.id == note_id, StaffNote.person_id == person.id, StaffNote.author_id == by.id)
        .returning(StaffNote.body)
    ).one_or_none()
    if found is None:
        return False
    subject = ("person", person.id)
    audit.record("staff_note.deleted", actor=by, about=person, subject=subject, before={"note": found.body})
    return True


def _require(person: User, by: User | None, reason: str) -> str:
    """The reason, if ``by`` may act on ``person`` and gave one."""
    _require_rank(person, by)
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    return reason[:2_000]


def _require_rank(person: User, by: User | None) -> None:
    if by is not None and not outranks(by, person):
        raise MayNotActOn


def _require_another_admin(person: User) -> None:
    """Raise ``LastAdmin`` unless somebody else stays who may give roles; of two at once one waits for the other."""
    others = db.session.scalars(
        select(User.id)
        .where(User.role == Role.ADMIN, User.standing.in_([Standing.GOOD, Standing.LIMITED]))
        .where(User.deletion_due_at.is_(None))
        .order_by(User.id)
        .with_for_update()
    ).all()
    if not [other for other in others if other != person.id]:
        raise LastAdmin
