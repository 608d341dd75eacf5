"""Making an account, and becoming an artist."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.errors import EmailTaken, UsernameTaken
from app.accounts.events import AccountClosing, AccountKept, UserSignedUp
from app.accounts.models import Role, TokenPurpose, User
from app.accounts.services import consents
from app.accounts.services.mailed_tokens import request_mail
from app.accounts.services.passwords import check_password_rules, hash_password
from app.accounts.services.usernames import require_free_username
from app.core.clock import now
from app.core.events import publish
from app.core.ids import uuid7
from app.extensions import db

DELETION_GRACE = timedelta(days=30)


def sign_up(*, username: str, email: str, password: str) -> User:
    """Make an account for a listener and ask for its address to be verified.

    Raises:
        UsernameInvalid, UsernameTaken, EmailTaken, PasswordLength, PasswordTooCommon
    """
    user = make_user(username=username, email=email, password=password)
    consents.agree_to_texts(user)
    publish(UserSignedUp(user_id=user.id))
    request_mail(user, TokenPurpose.VERIFY_EMAIL, email=user.email)
    return user


def make_user(*, username: str, email: str, password: str, role: Role = Role.LISTENER) -> User:
    """The account alone, without mail: for commands and demo people.

    Raises:
        UsernameInvalid, UsernameTaken, EmailTaken, PasswordLength, PasswordTooCommon
    """
    check_password_rules(password)
    key = require_free_username(username)
    email_key = email.strip().lower()
    if db.session.scalar(select(User.id).where(User.email_key == email_key)):
        raise EmailTaken
    user = User(
        id=uuid7(),
        username=username,
        username_key=key,
        email=email.strip(),
        email_key=email_key,
        password_digest=hash_password(password),
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


def open_channel(user: User) -> None:
    """Make a listener an artist. Anyone may; a second time changes nothing."""
    if user.role is Role.LISTENER:
        user.role = Role.ARTIST


def ask_for_deletion(user: User) -> None:
    """Let the account go for good after the grace period, unless its owner logs in again before."""
    user.deletion_due_at = now() + DELETION_GRACE
    publish(AccountClosing(user_id=user.id))


def keep_account(user: User) -> bool:
    """Take the wish for deletion back; says whether there was one."""
    due, user.deletion_due_at = user.deletion_due_at, None
    if due is not None:
        publish(AccountKept(user_id=user.id))
    return due is not None
