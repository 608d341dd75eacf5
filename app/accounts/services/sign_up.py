"""Signing up, becoming an artist, and leaving.

An account is made when the link is opened that was mailed to its address. Until then there is a row that holds no name
for anyone, and is written in the same way whether the address has an account or not.
"""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.door_models import SignUp
from app.accounts.errors import EmailTaken, LinkExpired, UsernameInvalid, UsernameTaken
from app.accounts.events import AccountClosing, AccountKept, SignUpBegun, UserSignedUp
from app.accounts.models import Role, User
from app.accounts.services import consents
from app.accounts.services.mailed_tokens import digest, is_spoken_for
from app.accounts.services.passwords import check_password_rules, hash_password
from app.accounts.services.usernames import require_free_username
from app.core import audit
from app.core.clock import now
from app.core.events import publish
from app.core.ids import uuid7
from app.extensions import db

DELETION_GRACE = timedelta(days=30)
LINK_LASTS = timedelta(days=3)
MAILS_AN_HOUR = 5


def begin_sign_up(
    *, email: str, username: str = "", password: str = "", answers: dict[str, Any] | None = None
) -> SignUp:
    """Have a link mailed to ``email`` with which its owner makes the account.

    Without ``username`` and ``password`` these are asked for when the link is opened. ``answers`` is what else the form
    asked, kept until then. Whether the address is known is not looked at here: the answer must not depend on it.

    Raises:
        UsernameInvalid, UsernameTaken, PasswordLength, PasswordTooCommon, PasswordPersonal
    """
    if username or password:
        require_free_username(username)
        check_password_rules(password, own=(username, email))
    row = SignUp(
        id=uuid7(),
        username=username,
        email=email.strip(),
        email_key=email.strip().lower(),
        password_digest=hash_password(password) if password else None,
        answers=answers or {},
        token_digest=secrets.token_bytes(32),  # a digest of nothing, until the mail is written
        expires_at=now() + LINK_LASTS,
    )
    db.session.add(row)
    publish(SignUpBegun(sign_up_id=row.id))
    return row


def ask_again(row: SignUp) -> SignUp:
    """The same once more: a link of its own is mailed, and the earlier one stops working."""
    row.used_at = now()
    another = SignUp(
        id=uuid7(),
        username=row.username,
        email=row.email,
        email_key=row.email_key,
        password_digest=row.password_digest,
        answers=row.answers,
        token_digest=secrets.token_bytes(32),
        expires_at=now() + LINK_LASTS,
    )
    db.session.add(another)
    publish(SignUpBegun(sign_up_id=another.id))
    return another


def is_free(username: str) -> bool:
    """Whether somebody new may have a name at this moment."""
    try:
        require_free_username(username)
    except (UsernameInvalid, UsernameTaken):
        return False
    return True


def issue_token(row: SignUp) -> str | None:
    """The token to write into the mail; None where the address was sent enough of them in the last hour."""
    recent = select(func.count()).where(
        SignUp.email_key == row.email_key, SignUp.created_at > now() - timedelta(hours=1)
    )
    if (db.session.scalar(recent) or 0) > MAILS_AN_HOUR:
        return None
    token = secrets.token_urlsafe(32)
    row.token_digest = digest(token)
    return token


def get_sign_up(token: str) -> SignUp:
    """The row of a link that still works.

    Raises:
        LinkExpired: it was used, ran out, or never was.
    """
    row = db.session.scalar(
        select(SignUp).where(SignUp.token_digest == digest(token), SignUp.used_at.is_(None), SignUp.expires_at > now())
    )
    if row is None:
        raise LinkExpired
    return row


def finish_sign_up(row: SignUp, *, username: str = "", password: str = "") -> User:
    """Make the account, its address verified by the link. What is given here takes the place of what was before.

    Raises:
        LinkExpired: somebody used the link up in the same moment.
        EmailTaken: the address has an account by now.
        UsernameInvalid, UsernameTaken, PasswordLength, PasswordTooCommon, PasswordPersonal
    """
    username = username or row.username
    if password or row.password_digest is None:
        check_password_rules(password, own=(username, row.email))
    password_digest = hash_password(password) if password else row.password_digest
    used = db.session.execute(update(SignUp).where(SignUp.id == row.id, SignUp.used_at.is_(None)).values(used_at=now()))
    if used.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has it
        raise LinkExpired
    user = _add_user(username, row.email, password_digest or b"", Role.LISTENER)
    user.email_verified_at = now()
    consents.agree_to_texts(user)
    audit.record("account.created", actor=user)
    publish(UserSignedUp(user_id=user.id))
    return user


def make_user(*, username: str, email: str, password: str, role: Role = Role.LISTENER) -> User:
    """The account alone, without mail: for commands and demo people.

    Raises:
        UsernameInvalid, UsernameTaken, EmailTaken, PasswordLength, PasswordTooCommon, PasswordPersonal
    """
    check_password_rules(password, own=(username, email))
    user = _add_user(username, email, hash_password(password), role)
    audit.record("account.created", actor=None, about=user, facts={"role": role.value})
    return user


def _add_user(username: str, email: str, password_digest: bytes, role: Role) -> User:
    key, email_key = require_free_username(username), email.strip().lower()
    if is_spoken_for(email_key):
        raise EmailTaken
    user = User(
        id=uuid7(),
        username=username,
        username_key=key,
        email=email.strip(),
        email_key=email_key,
        password_digest=password_digest,
        display_name=username,
        role=role,
        created_at=now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError as error:  # somebody was quicker between the look and the insert
        raise (EmailTaken if "email" in str(error.orig) else UsernameTaken) from error
    return user


def forget_sign_ups() -> None:
    """Delete those that were finished or ran out. The caller commits."""
    db.session.execute(
        delete(SignUp).where((SignUp.expires_at < now()) | (SignUp.used_at < now() - timedelta(hours=1)))
    )


def open_channel(user: User) -> None:
    """Make a listener an artist. Anyone may; a second time changes nothing."""
    if user.role is Role.LISTENER:
        user.role = Role.ARTIST
        audit.record("channel.opened", actor=user)


def ask_for_deletion(user: User) -> None:
    """Let the account go for good after the grace period, unless its owner logs in again before."""
    audit.record("account.closing", actor=user, facts={"days": DELETION_GRACE.days})
    begin_closing(user)


def begin_closing(user: User) -> None:
    """Likewise, for whoever writes into the audit log who wanted it."""
    user.deletion_due_at = now() + DELETION_GRACE
    publish(AccountClosing(user_id=user.id))


def keep_account(user: User) -> bool:
    """Take the wish for deletion back; says whether there was one."""
    if was_closing := end_closing(user):
        audit.record("account.kept", actor=user)
    return was_closing


def end_closing(user: User) -> bool:
    """Likewise, for whoever writes into the audit log who wanted it."""
    due, user.deletion_due_at = user.deletion_due_at, None
    if due is not None:
        publish(AccountKept(user_id=user.id))
    return due is not None
