"""Changing what one logs in with. Each asks for the present password."""

from uuid import UUID

from app.accounts.errors import WrongPassword
from app.accounts.events import AccountNotice
from app.accounts.models import TokenPurpose, User
from app.accounts.services.mailed_tokens import end_links, is_tired, request_mail
from app.accounts.services.passwords import check_password_rules, hash_password, verify_password
from app.accounts.services.sessions import revoke_sessions
from app.core import audit
from app.core.events import publish


def require_password(user: User, password: str) -> None:
    """Raise ``WrongPassword`` unless ``password`` is the present one."""
    if not verify_password(password, user.password_digest):
        raise WrongPassword


def require_own_password(user: User, password: str) -> None:
    """Likewise where the session was proven lately: who has no password has shown something else by that."""
    if user.has_password:
        require_password(user, password)


def change_password(user: User, *, current: str, new: str, keep_session: UUID | None) -> None:
    """Set a new password, log out every other browser, tell the owner by mail. Links that lie in mails are over.

    Raises:
        WrongPassword, PasswordLength, PasswordTooCommon, PasswordPersonal
    """
    require_password(user, current)
    check_password_rules(new, own=(user.username, user.email, user.display_name))
    user.password_digest = hash_password(new)
    audit.record("password.changed", actor=user)
    end_links(user, TokenPurpose.RESET_PASSWORD, TokenPurpose.LOG_IN, TokenPurpose.CHANGE_EMAIL)
    revoke_sessions(user, but=keep_session, why="password_changed")
    publish(AccountNotice(user_id=user.id, email=user.email, notice="password_changed"))


def ask_for_new_email(user: User, *, password: str, email: str) -> None:
    """Mail a link to the new address; the account keeps the old one until the link is opened. The old one is told.

    An address that is somebody else's gets another mail: who asks is not told whose addresses are known.

    Raises:
        WrongPassword
    """
    require_own_password(user, password)
    if is_tired(user, TokenPurpose.CHANGE_EMAIL):
        return
    request_mail(user, TokenPurpose.CHANGE_EMAIL, email=email.strip())
    audit.record("email.change_asked", actor=user, after={"email": email.strip()})
    publish(AccountNotice(user_id=user.id, email=user.email, notice="email_change_asked"))
