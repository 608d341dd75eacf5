"""Who may have which username."""

import hmac
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.accounts.errors import UsernameInvalid, UsernameTaken
from app.accounts.models import FormerUsername, SpentUsername, User
from app.accounts.names import RULE, is_reserved, username_key
from app.core import audit
from app.core.audit.sealing import installation_key
from app.core.clock import now
from app.core.screening import Screened, screen
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
    if is_reserved(username):
        raise UsernameTaken
    holder = db.session.scalar(select(User.id).where(User.username_key == key))
    former = db.session.scalar(select(FormerUsername.user_id).where(FormerUsername.username_key == key))
    is_spent = select(SpentUsername.spent_at).where(SpentUsername.digest == _spent_digest(key))
    if {holder, former} - {None, for_user} or db.session.scalar(is_spent) is not None:
        raise UsernameTaken
    return key


def spend(keys: Iterable[str]) -> None:
    """Let nobody take these names any more, without keeping them. The caller commits."""
    rows = [{"digest": _spent_digest(key), "spent_at": now()} for key in keys]
    db.session.execute(insert(SpentUsername).on_conflict_do_nothing(), rows)


def _spent_digest(key: str) -> bytes:
    return hmac.digest(installation_key(b"spent usernames"), key.encode(), "sha256")


def stopped_name(username: str, user: User | None = None) -> str:
    """Why a name cannot be taken for now, as a sentence; empty where nothing stands against it.

    What does is written down: the caller commits either way.
    """
    person_id = user.id if user is not None else None
    verdict = screen(Screened.USERNAME, user, texts={"username": username}, subject_id=person_id)
    verdict.settle(person_id)
    return verdict.sentence


def rename_user(user: User, username: str) -> None:
    """Give ``user`` a new name; addresses under the old one keep leading here.

    Raises:
        UsernameInvalid, UsernameTaken: as ``require_free_username``.
    """
    key, former = require_free_username(username, for_user=user.id), user.username
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
    if former != username:
        audit.record("username.changed", actor=user, before={"username": former}, after={"username": username})
