"""People, as rows."""

from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.accounts.names import username_key
from app.core.clock import now
from app.core.ids import uuid7

PASSWORD = "violets under the stairs"
_number = count(1)


def add_person(
    session: Session, *, password_digest: bytes, role: str = "listener", username: str | None = None, **values: Any
) -> User:
    """A person with a verified address. Commits."""
    username = username or f"person{next(_number)}"
    email = values.pop("email", f"{username}@example.org")
    person = User(
        **{
            "id": uuid7(),
            "username": username,
            "username_key": username_key(username),
            "email": email,
            "email_key": email.lower(),
            "email_verified_at": now(),
            "password_digest": password_digest,
            "role": Role(role),
            "display_name": username.title(),
            "created_at": now(),
            **values,
        }
    )
    session.add(person)
    session.commit()
    return person
