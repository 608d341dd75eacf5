"""Links sent by mail: to verify an address, to reset a password, to change an address. Short-lived, used once."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.errors import EmailTaken, LinkExpired
from app.accounts.events import AccountNotice, MailRequested
from app.accounts.models import MailedToken, TokenPurpose, User
from app.accounts.services.passwords import check_password_rules, hash_password
from app.accounts.services.sessions import revoke_sessions
from app.core.clock import now
from app.core.events import publish
from app.core.ids import uuid7
from app.extensions import db

LIFETIMES = {
    TokenPurpose.VERIFY_EMAIL: timedelta(days=3),
    TokenPurpose.RESET_PASSWORD: timedelta(hours=1),
    TokenPurpose.CHANGE_EMAIL: timedelta(hours=24),
}


def request_mail(user: User, purpose: TokenPurpose, *, email: str) -> None:
    """Have a link for ``purpose`` mailed to ``email``. Earlier links for the same purpose stop working."""
    end_links(user, purpose)
    token = MailedToken(
        id=uuid7(),
        user_id=user.id,
        purpose=purpose,
        token_digest=secrets.token_bytes(32),  # a digest of nothing, until the mail is written
        email=email,
        expires_at=now() + LIFETIMES[purpose],
    )
    db.session.add(token)
    publish(MailRequested(token_id=token.id))


def end_links(user: User, purpose: TokenPurpose) -> None:
    """Make every link for ``purpose`` that ``user`` was sent and did not use stop working."""
    db.session.execute(
        update(MailedToken)
        .where(MailedToken.user_id == user.id, MailedToken.purpose == purpose, MailedToken.used_at.is_(None))
        .values(used_at=now())
    )


def issue_token(row: MailedToken) -> str:
    """The token to write into the mail. It exists nowhere else; the row keeps its digest.

    A mail job that runs twice issues a new token, which takes the place of the first.
    """
    token = secrets.token_urlsafe(32)
    row.token_digest = digest(token)
    return token


def find_by_email(email_key: str) -> User | None:
    """The person whose verified or claimed address this is."""
    return db.session.scalar(select(User).where(User.email_key == email_key.strip().lower()))


def peek_token(token: str, purpose: TokenPurpose) -> MailedToken:
    """The row of a link that still works, which this does not use up.

    Raises:
        LinkExpired: it was used, ran out, or never was.
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
    if row.email == row.user.email:
        row.user.email_verified_at = now()
    return row.user


def reset_password(token: str, password: str) -> User:
    """Set a new password by a mailed link, and log out every browser.

    Raises:
        LinkExpired, PasswordLength, PasswordTooCommon
    """
    check_password_rules(password)
    user = use_token(token, TokenPurpose.RESET_PASSWORD).user
    user.password_digest = hash_password(password)
    user.email_verified_at = user.email_verified_at or now()
    revoke_sessions(user)
    publish(AccountNotice(user_id=user.id, email=user.email, notice="password_changed"))
    return user


def change_email(token: str) -> User:
    """Take the new address that the link was sent to; the old one is told.

    Raises:
        LinkExpired, EmailTaken
    """
    row = use_token(token, TokenPurpose.CHANGE_EMAIL)
    user, key = row.user, row.email.strip().lower()
    if db.session.scalar(select(User.id).where(User.email_key == key, User.id != user.id)):
        raise EmailTaken
    former = user.email
    try:
        with db.session.begin_nested():
            user.email, user.email_key, user.email_verified_at = row.email, key, now()
    except IntegrityError as error:  # somebody was quicker between the look and the change
        raise EmailTaken from error
    publish(AccountNotice(user_id=user.id, email=former, notice="email_changed"))
    end_links(user, TokenPurpose.RESET_PASSWORD)  # whoever reads the old mailbox must not get in by one
    return user


def digest(token: str) -> bytes:
    """What is kept of a token: random tokens need no slow hash."""
    return hashlib.sha256(token.encode()).digest()
