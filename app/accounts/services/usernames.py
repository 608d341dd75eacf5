"""Who may have which username."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.errors import UsernameInvalid, UsernameTaken
from app.accounts.models import FormerUsername, User
from app.accounts.names import RESERVED_KEYS, RULE, username_key
from app.extensions import db


def require_free_username(username: str, *, for_user: UUID | None = None) -> str:
    """The key of ``username`` when ``for_user`` (None: a new person) may have it.

    Raises:
        UsernameInvalid: it breaks the rule.
        UsernameTaken: it is reserved, someone has or had it, or it looks like one of these.
    """
    if not RULE.fullmatch(username) or not username.strip("_"):
        raise UsernameInvalid
    key = username_key(username)
    if not key:
        raise UsernameInvalid
    if key in RESERVED_KEYS:
        raise UsernameTaken
    holder = db.session.scalar(select(User.id).where(User.username_key == key))
    former = db.session.scalar(select(FormerUsername.user_id).where(FormerUsername.username_key == key))
    if {holder, former} - {None, for_user}:
        raise UsernameTaken
    return key


def rename_user(user: User, username: str) -> None:
    """Give ``user`` a new name; addresses under the old one keep leading here.

    Raises:
        UsernameInvalid, UsernameTaken: as ``require_free_username``.
    """
    key = require_free_username(username, for_user=user.id)
    try:
        with db.session.begin_nested():
            if key != user.username_key:
                db.session.merge(FormerUsername(username_key=user.username_key, user_id=user.id))
                again = db.session.get(FormerUsername, key)
                if again is not None:
                    db.session.delete(again)
            user.username, user.username_key = username, key
    except IntegrityError as error:  # somebody was quicker between the look and the change
        raise UsernameTaken from error
