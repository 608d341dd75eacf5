"""Links sent by mail: for an address, a password, a way in. Short-lived, used once, kept as digests."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.door_models import LinkWish
from app.accounts.errors import EmailTaken, LinkCodeWrong, LinkExpired, LinkOfAnother
from app.accounts.events import AccountNotice, LinkWished, MailRequested
from app.accounts.models import MailedToken, TokenPurpose, User
from app.accounts.services.authenticators import digits_of
from app.accounts.services.devices import forget_devices
from app.accounts.services.passwords import check_password_rules, hash_password
from app.accounts.services.sessions import LONGEST_USER_AGENT, find_candidate, revoke_sessions
from app.core import audit
from app.core.clock import now
from app.core.events import publish
from app.core.ids import uuid7
from app.core.secrecy import keyed_digest
from app.extensions import db

LIFETIMES = {
    TokenPurpose.VERIFY_EMAIL: timedelta(days=3),
    TokenPurpose.RESET_PASSWORD: timedelta(hours=1),
    TokenPurpose.CHANGE_EMAIL: timedelta(hours=24),
    TokenPurpose.UNDO_EMAIL: timedelta(days=7),
    TokenPurpose.LOG_IN: timedelta(minutes=10),
}
SIDE_BY_SIDE = {TokenPurpose.UNDO_EMAIL, TokenPurpose.LOG_IN}
"""Links that a newer one leaves alone: whoever asks for one after the other must not end those of the owner."""
MOST_AN_HOUR = 5
KEPT_AFTER = timedelta(days=7)
CODE_DIGITS = 6
MOST_CODES = 5
"""So many codes may be typed for one link."""


def wish_for_link(purpose: TokenPurpose, login: str, *, asked_in: bytes | None = None, asked_by: str = "") -> None:
    """Have a link mailed to whoever ``login`` names, if that is anyone. A job looks; this takes as long for all.

    ``asked_in`` stands for the browser that asks, ``asked_by`` is what it calls itself: in others the link asks for the
    code that this one shows.
    """
    asked_by = asked_by[:LONGEST_USER_AGENT]
    wish = LinkWish(id=uuid7(), purpose=purpose, login=login.strip(), asked_in=asked_in, asked_by=asked_by)
    db.session.add(wish)
    publish(LinkWished(wish_id=wish.id))


def grant_wish(wish: LinkWish) -> None:
    """Request the mail that somebody wished for: to a person who is here, and so often in an hour only."""
    candidate = find_candidate(wish.login)
    user = db.session.get(User, candidate.user_id) if candidate.user_id is not None else None
    if user is not None and not is_tired(user, wish.purpose):
        request_mail(user, wish.purpose, email=user.email, asked_in=wish.asked_in, asked_by=wish.asked_by)
    db.session.delete(wish)


def is_tired(user: User, purpose: TokenPurpose) -> bool:
    """Whether ``user`` was sent so many links for ``purpose`` in the last hour that another would be a nuisance."""
    recent = now() + LIFETIMES[purpose] - timedelta(hours=1)
    sent = select(func.count()).where(
        MailedToken.user_id == user.id, MailedToken.purpose == purpose, MailedToken.expires_at > recent
    )
    return (db.session.scalar(sent) or 0) >= MOST_AN_HOUR


def request_mail(
    user: User, purpose: TokenPurpose, *, email: str, asked_in: bytes | None = None, asked_by: str = ""
) -> None:
    """Have a link for ``purpose`` mailed to ``email``. Earlier links for most purposes stop working."""
    if purpose not in SIDE_BY_SIDE:
        end_links(user, purpose)
    row = _new_row(user, purpose, email)
    row.asked_in, row.asked_by = asked_in, asked_by
    publish(MailRequested(token_id=row.id))


def _new_row(user: User, purpose: TokenPurpose, email: str) -> MailedToken:
    row = MailedToken(
        id=uuid7(),
        user_id=user.id,
        purpose=purpose,
        token_digest=secrets.token_bytes(32),  # a digest of nothing, until the mail is written
        email=email,
        expires_at=now() + LIFETIMES[purpose],
    )
    db.session.add(row)
    return row


def end_links(user: User, *purposes: TokenPurpose) -> None:
    """Make every link for ``purposes`` that ``user`` was sent and did not use stop working."""
    db.session.execute(
        update(MailedToken)
        .where(MailedToken.user_id == user.id, MailedToken.purpose.in_(purposes), MailedToken.used_at.is_(None))
        .values(used_at=now())
    )


def issue_token(row: MailedToken) -> str:
    """The token to write into the mail. It exists nowhere else; the row keeps its digest.

    A mail job that runs twice issues a new token, which takes the place of the first.
    """
    token = secrets.token_urlsafe(32)
    row.token_digest = digest(token)
    return token


def peek_token(token: str, purpose: TokenPurpose, *, viewer: User | None = None) -> MailedToken:
    """The row of a link that still works, which this does not use up. ``viewer`` is who is logged in where it opened.

    Raises:
        LinkExpired: it was used, ran out, or never was.
        LinkOfAnother: it is not for ``viewer``.
    """
    row = db.session.scalar(
        select(MailedToken).where(
            MailedToken.token_digest == digest(token),
            MailedToken.purpose == purpose,
            MailedToken.used_at.is_(None),
            MailedToken.expires_at > now(),
        )
    )
    if row is None:
        raise LinkExpired
    if viewer is not None and viewer.id != row.user_id:
        raise LinkOfAnother
    return row


def use_token(token: str, purpose: TokenPurpose) -> MailedToken:
    """Use a link up: of two at once, one gets it.

    Raises:
        LinkExpired: as ``peek_token``.
    """
    row = peek_token(token, purpose)
    used = db.session.execute(
        update(MailedToken).where(MailedToken.id == row.id, MailedToken.used_at.is_(None)).values(used_at=now())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has it
        raise LinkExpired
    return row


def verify_email(token: str) -> User:
    """Mark the address that the link was sent to as its owner's."""
    row = use_token(token, TokenPurpose.VERIFY_EMAIL)
    if row.email == row.user.email and row.user.email_verified_at is None:
        row.user.email_verified_at = now()
        audit.record("email.verified", actor=row.user)
    return row.user


def code_of(asked_in: bytes) -> str:
    """The six digits that the browser ``asked_in`` shows, for opening its link elsewhere."""
    number = int.from_bytes(keyed_digest(asked_in, purpose=b"code of a mailed link")[:8])
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def is_from_elsewhere(row: MailedToken, here: bytes | None) -> bool:
    """Whether another browser asked for this link than ``here``."""
    return row.asked_in is not None and not hmac.compare_digest(row.asked_in, here or b"")


def take_link_code(token: str, code: str) -> None:
    """Accept the code of the browser that asked for a link. Every try is counted first; the caller commits always.

    Raises:
        LinkCodeWrong: that is not it.
        LinkExpired: it was the last try that there was; the link is over. And as ``peek_token``.
    """
    row = peek_token(token, TokenPurpose.LOG_IN)
    tries = db.session.scalar(
        update(MailedToken)
        .where(MailedToken.id == row.id, MailedToken.failures < MOST_CODES)
        .values(failures=MailedToken.failures + 1)
        .returning(MailedToken.failures)
    )
    if tries is not None and hmac.compare_digest(code_of(row.asked_in or b""), digits_of(code)):
        return
    if tries is None or tries >= MOST_CODES:
        row.used_at = now()
        raise LinkExpired
    raise LinkCodeWrong


def log_in_by_link(token: str) -> User:
    """Whoever the link was mailed to: the mailbox is theirs, and so is the account."""
    row = use_token(token, TokenPurpose.LOG_IN)
    if row.email == row.user.email:
        row.user.email_verified_at = row.user.email_verified_at or now()
    return row.user


def reset_password(token: str, password: str) -> User:
    """Set a new password by a mailed link, log out every browser and know none of them any more.

    Raises:
        LinkExpired, PasswordLength, PasswordTooCommon, PasswordPersonal
    """
    owner = peek_token(token, TokenPurpose.RESET_PASSWORD).user
    check_password_rules(password, own=(owner.username, owner.email, owner.display_name))
    digest_of_new = hash_password(password)
    row = use_token(token, TokenPurpose.RESET_PASSWORD)
    user = row.user
    user.password_digest = digest_of_new
    if row.email == user.email:
        user.email_verified_at = user.email_verified_at or now()
    audit.record("password.reset", actor=user)
    # Before the sessions: of a log-in by link in this moment, the one who waits finds what the other did. And whoever
    # had the former password may have asked for another address with it.
    end_links(user, TokenPurpose.LOG_IN, TokenPurpose.CHANGE_EMAIL)
    revoke_sessions(user, why="password_reset")
    forget_devices(user.id)
    publish(AccountNotice(user_id=user.id, email=user.email, notice="password_changed"))
    return user


def change_email(token: str) -> User:
    """Take the new address that the link was sent to; the old one is told, and can take it back for a week.

    Raises:
        LinkExpired, EmailTaken
    """
    row = use_token(token, TokenPurpose.CHANGE_EMAIL)
    user, former, was_verified = row.user, row.user.email, row.user.email_verified_at is not None
    _set_email(user, row.email)
    if was_verified:
        request_mail(user, TokenPurpose.UNDO_EMAIL, email=former)
    else:  # nobody showed that it was theirs: it must open nothing
        publish(AccountNotice(user_id=user.id, email=former, notice="email_changed"))
    # Whoever reads the old mailbox must not get in by a link that still lies there.
    end_links(user, TokenPurpose.RESET_PASSWORD, TokenPurpose.LOG_IN)
    return user


def undo_email_change(token: str) -> str:
    """Give the account back to the address that it was taken from: every browser is logged out.

    Returns the token of a link with which the owner sets a new password, because the old one is somebody's.

    Raises:
        LinkExpired, EmailTaken
    """
    row = use_token(token, TokenPurpose.UNDO_EMAIL)
    user = row.user
    _set_email(user, row.email)
    end_links(user, *(purpose for purpose in TokenPurpose if purpose is not TokenPurpose.UNDO_EMAIL))
    later = (MailedToken.user_id == user.id, MailedToken.purpose == TokenPurpose.UNDO_EMAIL, MailedToken.id > row.id)
    db.session.execute(update(MailedToken).where(*later, MailedToken.used_at.is_(None)).values(used_at=now()))
    revoke_sessions(user, why="email_change_undone")
    forget_devices(user.id)
    return issue_token(_new_row(user, TokenPurpose.RESET_PASSWORD, user.email))


def _set_email(user: User, email: str) -> None:
    key, former = email.strip().lower(), user.email
    if is_spoken_for(key, but=user):
        raise EmailTaken
    try:
        with db.session.begin_nested():
            user.email, user.email_key, user.email_verified_at = email, key, now()
    except IntegrityError as error:  # somebody was quicker between the look and the change
        raise EmailTaken from error
    audit.record("email.changed", actor=user, before={"email": former}, after={"email": email})


def is_spoken_for(email_key: str, *, but: User | None = None) -> bool:
    """Whether an address is somebody's, or was until a week ago and may be taken back. ``but`` does not count."""
    holder = select(User.id).where(User.email_key == email_key)
    former = select(MailedToken.user_id).where(
        func.lower(MailedToken.email) == email_key,
        MailedToken.purpose == TokenPurpose.UNDO_EMAIL,
        MailedToken.used_at.is_(None),
        MailedToken.expires_at > now(),
    )
    return bool(set(db.session.scalars(holder.union_all(former))) - {but.id if but is not None else None})


def forget_old_links() -> None:
    """Delete links that ran out a week ago, and wishes that no job came for. The caller commits."""
    moment = now()
    db.session.execute(delete(MailedToken).where(MailedToken.expires_at < moment - KEPT_AFTER))
    db.session.execute(delete(LinkWish).where(LinkWish.created_at < moment - timedelta(days=1)))


def digest(token: str) -> bytes:
    """What is kept of a token: random tokens need no slow hash."""
    return hashlib.sha256(token.encode()).digest()
