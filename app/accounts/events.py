"""What happens to accounts."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class UserSignedUp(Event):
    """Someone made an account."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class SignUpBegun(Event):
    """Somebody wants an account; a link is to be mailed, or word that there is one already."""

    sign_up_id: UUID


@dataclass(frozen=True, kw_only=True)
class LinkWished(Event):
    """Somebody asked for a link; whether anyone is there to get it is to be looked up."""

    wish_id: UUID


@dataclass(frozen=True, kw_only=True)
class MailRequested(Event):
    """A link is to be mailed. ``token_id`` names the row; the token itself is made when the mail is written."""

    token_id: UUID


@dataclass(frozen=True, kw_only=True)
class SessionRevoked(Event):
    """A browser was logged out from elsewhere."""

    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountClosing(Event):
    """Someone asked for their account to go; until it does, nobody finds what is theirs."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountKept(Event):
    """Someone came back before their account went."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class PersonBarred(Event):
    """Moderators suspended or banned someone; whom nobody is to find any more, nobody finds, nor anything of theirs."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class PersonKept(Event):
    """Someone's standing is better again: they and what is theirs are found as before."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountNotice(Event):
    """Something changed that the owner should hear of at ``email``, even if they did it themselves."""

    user_id: UUID
    email: str
    notice: str
