"""``flask users`` and ``flask roles``: people and what they may do, from the machine that the place runs on.

What a command changes stands in the audit log without an actor; who ran it is part of the reason, which is sealed.
Exits with 0 when it is done (also when it was so before), 1 when it cannot be done, 2 for wrong usage.
"""

import getpass
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import click
from email_validator import EmailNotValidError, validate_email
from flask import Blueprint, current_app
from flask.cli import with_appcontext

from app.accounts import care, staff_queries
from app.accounts.models import Role, Standing, TokenPurpose, User
from app.accounts.queries import find_by_login, list_living_sessions
from app.accounts.services.sign_up import make_user
from app.accounts.staff_queries import PeopleWanted, Trait
from app.core import audit
from app.core.clock import now
from app.core.errors import DomainError
from app.extensions import db

bp = Blueprint("accounts_cli", __name__, cli_group=None)


class Words(click.ParamType[str]):
    """Text that a row can hold: terminals hand on bytes that are none."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As it is."""
        if "\0" in value or value != value.encode(errors="replace").decode():
            self.fail("this is no text.", param, ctx)
        return value


class Address(Words):
    """An e-mail address, by the rule of the forms."""

    name = "email"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As it is."""
        try:
            validate_email(super().convert(value, param, ctx), check_deliverability=False)
        except EmailNotValidError as error:
            self.fail(str(error), param, ctx)
        return value


WORDS, ADDRESS = Words(), Address()
ROLES = click.Choice([role.value for role in Role])
as_json = click.option("--json", "in_json", is_flag=True, help="Print JSON for machines.")
why = click.option("--reason", default="", help="Why, for the audit log.")


@bp.cli.group("users")
def users_group() -> None:
    """Look after people."""


@bp.cli.group("roles")
def roles_group() -> None:
    """Give and take what people may do."""


@users_group.command("create")
@click.argument("username", type=WORDS)
@click.argument("email", type=ADDRESS)
@click.option("--role", type=ROLES, default=Role.LISTENER.value, show_default=True)
@click.password_option()
@as_json
@with_appcontext
def users_create(username: str, email: str, role: str, password: str, *, in_json: bool) -> None:
    """Make an account for USERNAME at EMAIL; the password is asked for."""
    try:
        user = make_user(username=username, email=email, password=password, role=Role(role))
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    user.email_verified_at = now()
    audit.record(
        "account.made_by_command", actor=None, about=user, subject=("person", user.id), reason=_said(""),
        facts={"role": role},
    )  # fmt: skip
    db.session.commit()
    _say(user, f"@{user.username} is here, as {role}.", in_json=in_json)


@users_group.command("list")
@click.argument("words", type=WORDS, default="")
@click.option("--role", type=ROLES)
@click.option("--standing", type=click.Choice([standing.value for standing in Standing]))
@click.option("--only", type=click.Choice([trait.value for trait in Trait]))
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@as_json
@with_appcontext
def users_list(
    words: str, role: str | None, standing: str | None, only: str | None, limit: int, *, in_json: bool
) -> None:
    """List people, the newest first: all, or those whose name, address or id begins with WORDS."""
    wanted = PeopleWanted(
        words=words, by_email=True, role=Role(role) if role else None,
        standing=Standing(standing) if standing else None, trait=Trait(only) if only else None,
    )  # fmt: skip
    found = [row.User for row in staff_queries.people_rows(wanted, size=limit)[:limit]]
    _say_all(found, in_json=in_json)


@users_group.command("show")
@click.argument("login", type=WORDS)
@as_json
@with_appcontext
def users_show(login: str, *, in_json: bool) -> None:
    """Say what is known of the account LOGIN: a username, an e-mail address or an id."""
    user = _find(login)
    if in_json:
        click.echo(json.dumps(_described(user)))
        return
    for name, value in _described(user).items():
        click.echo(f"{name:>18}  {value if value is not None else '-'}")


@users_group.command("verify")
@click.argument("login", type=WORDS)
@why
@as_json
@with_appcontext
def users_verify(login: str, reason: str, *, in_json: bool) -> None:
    """Take the address of LOGIN for verified."""
    _act(login, lambda user: care.confirm_email(user, by=None, reason=_said(reason)), "is verified", in_json=in_json)


@users_group.command("resend")
@click.argument("login", type=WORDS)
@click.option("--password", "for_password", is_flag=True, help="A link to set a new password, not one to verify.")
@as_json
@with_appcontext
def users_resend(login: str, *, for_password: bool, in_json: bool) -> None:
    """Mail LOGIN the link to verify their address once more."""
    purpose = TokenPurpose.RESET_PASSWORD if for_password else TokenPurpose.VERIFY_EMAIL
    _act(login, lambda user: care.resend(user, purpose, by=None), "gets a new link", in_json=in_json)


@users_group.command("disable-factor")
@click.argument("login", type=WORDS)
@why
@as_json
@with_appcontext
def users_disable_factor(login: str, reason: str, *, in_json: bool) -> None:
    """Remove every second factor of LOGIN, who lost theirs. They are logged out everywhere, and told by mail."""
    _act(
        login,
        lambda user: care.reset_factors(user, by=None, reason=_said(reason)),
        "logs in with the password alone",
        in_json=in_json,
    )


@users_group.command("end-sessions")
@click.argument("login", type=WORDS)
@why
@as_json
@with_appcontext
def users_end_sessions(login: str, reason: str, *, in_json: bool) -> None:
    """Log LOGIN out everywhere."""
    _act(
        login,
        lambda user: care.end_sessions(user, by=None, reason=_said(reason)),
        "is logged out everywhere",
        in_json=in_json,
    )


@users_group.command("close")
@click.argument("login", type=WORDS)
@why
@as_json
@with_appcontext
def users_close(login: str, reason: str, *, in_json: bool) -> None:
    """Let the account LOGIN go for good after its time of grace; logging in keeps it."""
    _act(login, lambda user: care.close_account(user, by=None, reason=_said(reason)), "is leaving", in_json=in_json)


@users_group.command("keep")
@click.argument("login", type=WORDS)
@why
@as_json
@with_appcontext
def users_keep(login: str, reason: str, *, in_json: bool) -> None:
    """Take it back that the account LOGIN goes."""
    _act(login, lambda user: care.keep_account(user, by=None, reason=_said(reason)), "stays", in_json=in_json)


@roles_group.command("grant")
@click.argument("login", type=WORDS)
@click.argument("role", type=ROLES)
@why
@as_json
@with_appcontext
def roles_grant(login: str, role: str, reason: str, *, in_json: bool) -> None:
    """Make LOGIN a ROLE."""
    act = lambda user: care.give_role(user, Role(role), by=None, reason=_said(reason))  # noqa: E731 - as its neighbours
    _act(login, act, f"is {role} now", in_json=in_json)


@roles_group.command("revoke")
@click.argument("login", type=WORDS)
@why
@as_json
@with_appcontext
def roles_revoke(login: str, reason: str, *, in_json: bool) -> None:
    """Take from LOGIN what makes them staff: they stay an artist. The last admin cannot go."""
    user = _find(login)
    if not user.is_staff:
        _say(user, f"@{user.username} is no staff.", in_json=in_json)
        return
    act = lambda one: care.give_role(one, Role.ARTIST, by=None, reason=_said(reason))  # noqa: E731 - as above
    _act(login, act, "is no staff any more", in_json=in_json)


@roles_group.command("list")
@click.argument("role", type=ROLES, required=False)
@as_json
@with_appcontext
def roles_list(role: str | None, *, in_json: bool) -> None:
    """List the staff, or everyone who is ROLE."""
    _say_all(staff_queries.list_by_role(Role(role) if role else None), in_json=in_json)


def _find(login: str) -> User:
    user: User | None = None
    with suppress(ValueError):
        user = staff_queries.find_by_id(UUID(login))
    user = user or find_by_login(login.removeprefix("@"))
    if user is None:
        raise click.ClickException(f"Nobody is called {login}.")
    return user


def _act(login: str, do: Callable[[User], Any], done: str, *, in_json: bool) -> None:
    """Do something to an account and commit. What is so already is no failure: a command may be repeated."""
    user = _find(login)
    try:
        do(user)
    except care.NothingToDo as nothing:
        db.session.rollback()
        _say(_find(login), nothing.sentence, in_json=in_json)
        return
    except DomainError as error:
        db.session.rollback()
        raise click.ClickException(error.sentence) from error
    db.session.commit()
    _say(user, f"@{user.username} {done}.", in_json=in_json)


def _said(reason: str) -> str:
    """The reason, and who ran the command as far as the machine knows: a person's name, so it is sealed with it."""
    who = "unknown"
    with suppress(OSError, KeyError):
        who = getpass.getuser()
    return f"{reason.strip() or 'no reason given'} (by command, as {who})"


def _say(user: User, sentence: str, *, in_json: bool) -> None:
    click.echo(json.dumps(_described(user)) if in_json else sentence)


def _say_all(people: Sequence[User], *, in_json: bool) -> None:
    for user in people:
        if in_json:
            click.echo(json.dumps(_described(user)))
        else:
            click.echo(f"{user.role.value:9}  {user.standing_now.value:9}  @{user.username}  {user.email}  {user.id}")


def _described(user: User) -> dict[str, Any]:
    """An account as plain values; nothing secret."""
    return {
        "id": str(user.id),
        "username": user.username,
        "email": user.email,
        "email_verified_at": _written(user.email_verified_at),
        "role": user.role.value,
        "standing": user.standing_now.value,
        "standing_until": _written(user.standing_until),
        "has_factor": user.has_factor,
        "sessions": len(list_living_sessions(user, idle_s=current_app.config["SETTINGS"].session_idle_s)),
        "created_at": _written(user.created_at),
        "deletion_due_at": _written(user.deletion_due_at),
    }


def _written(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
