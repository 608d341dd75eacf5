"""Changing what one logs in with. Each asks for the present password."""

from uuid import UUID

from sqlalchemy import select

from app.accounts.errors import EmailTaken, WrongPassword
from app.accounts.events import AccountNotice
from app.accounts.models import TokenPurpose, User
from app.accounts.services.mailed_tokens import end_links, request_mail
from app.accounts.services.passwords import check_password_rules, hash_password, verify_password
from app.accounts.services.sessions import revoke_sessions
from app.core.events import publish
from app.extensions import db


def require_password(user: User, password: str) -> None:
    """Raise ``WrongPassword`` unless ``password`` is the present one."""
    if not verify_password(password, user.password_digest):
        raise WrongPassword


def change_password(user: User, *, current: str, new: str, keep_session: UUID | None) -> None:
    """Set a new password, log out every other browser, tell the owner by mail.

    Raises:
        WrongPassword, PasswordLength, PasswordTooCommon
    """
    require_password(user, current)
    check_password_rules(new)
    user.password_digest = hash_password(new)
    revoke_sessions(user, but=keep_session)
    end_links(user, TokenPurpose.RESET_PASSWORD)
    publish(AccountNotice(user_id=user.id, email=user.email, notice="password_changed"))


def ask_for_new_email(user: User, *, password: str, email: str) -> None:
    """Mail a link to the new address; the account keeps the old one until the link is opened. The old one is told.

    Raises:
        WrongPassword, EmailTaken
    """
    require_password(user, password)
    if db.session.scalar(select(User.id).where(User.email_key == email.strip().lower())):
        raise EmailTaken
    request_mail(user, TokenPurpose.CHANGE_EMAIL, email=email.strip())
    publish(AccountNotice(user_id=user.id, email=user.email, notice="email_change_asked"))
