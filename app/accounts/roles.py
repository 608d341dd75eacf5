"""What each role may do: the one place that says so, and the guards that views wear."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Final, ParamSpec

from flask import abort, flash, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.login import ask_to_log_in
from app.accounts.models import Role, User
from app.core import options, refusals
from app.core.refusals import Refusal
from app.web.hx import go_to

P = ParamSpec("P")


class Permission(StrEnum):
    """Something that not everyone may do."""

    PUBLISH = "publish"
    """Upload, and have a channel."""
    REVIEW = "review"
    """See reports and what they are about, and decide."""
    TAKEDOWNS = "takedowns"
    """Handle notices about rights."""
    FILTERS = "filters"
    """Write the rules by which things are held before anybody sees them."""
    READ_AUDIT = "read_audit"
    CURATE = "curate"
    """See people, media, sets and comments as staff do."""
    OPERATE = "operate"
    """Change settings, realms, plans, announcements; see how the installation does."""
    GRANT = "grant"
    """Give and take roles, and act on accounts beyond a decision."""


_MODERATOR: Final = frozenset(
    {Permission.PUBLISH, Permission.REVIEW, Permission.TAKEDOWNS, Permission.FILTERS, Permission.CURATE}
)
PERMISSIONS: Final = {
    Role.LISTENER: frozenset[Permission](),
    Role.ARTIST: frozenset({Permission.PUBLISH}),
    Role.MODERATOR: _MODERATOR,
    Role.ADMIN: frozenset(Permission),
}
RANK: Final = {Role.LISTENER: 0, Role.ARTIST: 0, Role.MODERATOR: 1, Role.ADMIN: 2}


STAFF_FACTOR: Final = options.register(
    options.Option(
        name="accounts.staff_second_factor",
        kind=options.Kind.BOOL,
        default=False,
        label="Staff need a second factor",
        explanation=(
            "Moderators and admins without an authenticator app or a passkey can do nothing as staff until they have"
            " set one up; they are led to the page where they do that. What they do as artists goes on."
        ),
        group="Accounts",
    )
)


def lacks_factor(user: User) -> bool:
    """Whether someone is staff without the second factor that operators ask of staff. Costs no statement of its own."""
    return user.is_staff and not user.has_factor and bool(options.get(STAFF_FACTOR.name))


def lead_to_factor() -> ResponseReturnValue:
    """Send staff who lack their second factor to where they get one."""
    flash("Staff need a second step at log-in here. Set one up first.", "warning")
    return go_to(url_for("security.index"))


def may(user: User, permission: Permission) -> bool:
    """Whether someone may do something by their role, and is in a standing that lets them act.

    Staff who lack their second factor are artists until they have it.
    """
    role = Role.ARTIST if lacks_factor(user) else user.role
    return permission in PERMISSIONS[role] and user.may_act


def outranks(actor: User, other: User) -> bool:
    """Whether ``actor`` may act on ``other`` as staff: never on themselves, an equal or a superior."""
    return actor.id != other.id and RANK[actor.role] > RANK[other.role]


def requires(permission: Permission) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """A view for those who have ``permission``: strangers are asked to log in, others find nothing there."""

    def guard(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                asked: ResponseReturnValue = ask_to_log_in()
                return asked
            if not may(current_user, permission):
                if lacks_factor(current_user) and permission in PERMISSIONS[current_user.role]:
                    return lead_to_factor()
                refusals.tell(Refusal.PERMISSION, "permission_refused", permission=permission.value)
                abort(404)
            return view(*args, **kwargs)

        return guarded

    return guard
