"""``flask users`` and ``flask roles``: for machines and people, repeatable, in the audit log without an actor."""

import json
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.factor_models import Passkey
from app.accounts.models import MailedToken, Role, User
from app.core.audit import sealing
from app.core.audit.models import AuditEntry
from tests.harness.browser import Browser
from tests.harness.kinds import Login, MakePerson


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments))


def described(app: Flask, *arguments: str) -> dict[str, Any]:
    result = run(app, *arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


def actions(db_session: Session) -> list[str]:
    return list(db_session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "show", "\udcff"), ("users", "list", "\0"), ("roles", "grant", "\udcff", "admin"),
        ("users", "create", "moon", "nonsense"), ("users", "create", "moon", "moon@example.org\nBcc: x@example.org"),
        ("users", "create", "moon", "\udcff@example.org"), ("users", "create", "moon", f"{'x' * 300}@example.org"),
    ],
)  # fmt: skip
def test_what_is_no_name_and_no_address_is_wrong_usage(app: Flask, arguments: tuple[str, ...]) -> None:
    assert run(app, *arguments, *(["--password", "a long way"] if "create" in arguments else [])).exit_code == 2


def test_an_account_is_made_shown_and_listed(app: Flask, make_person: MakePerson) -> None:
    make_person(username="sun", role="artist")
    result = run(app, "users", "create", "moon", "Moon@example.org", "--role", "moderator", "--password", "a long way")
    assert (result.exit_code, result.output) == (0, "@moon is here, as moderator.\n")
    again = run(app, "users", "create", "moon", "other@example.org", "--password", "a long way")
    assert again.exit_code == 1
    assert "taken" in again.output
    shown = described(app, "users", "show", "moon@EXAMPLE.org")
    assert (shown["username"], shown["role"], shown["sessions"], shown["has_factor"]) == ("moon", "moderator", 0, False)
    assert described(app, "users", "show", shown["id"]) == described(app, "users", "show", "@Moon")
    assert "Moon@example.org" in run(app, "users", "show", "moon").output
    listed = [json.loads(line)["username"] for line in run(app, "users", "list", "--json").output.splitlines()]
    assert listed == ["moon", "sun"]
    assert "@sun" in run(app, "users", "list", "su").output
    assert run(app, "users", "list", "--role", "admin").output == ""
    assert [line.split()[2] for line in run(app, "users", "list", "--only", "staff").output.splitlines()] == ["@moon"]


def test_a_role_is_given_by_name_or_address_and_given_twice_without_harm(
    app: Flask, make_person: MakePerson, db_session: Session
) -> None:
    person = make_person(username="moon", email="Moon@example.org")
    for login, role in (("Moon", "moderator"), ("moon@EXAMPLE.org", "admin")):
        assert run(app, "roles", "grant", login, role).output == f"@moon is {role} now.\n"
        db_session.refresh(person)
        assert person.role is Role(role)
    again = run(app, "roles", "grant", "moon", "admin")
    assert (again.exit_code, again.output) == (0, "@moon is admin already.\n")
    assert actions(db_session) == ["role.granted", "role.granted"]
    assert "@moon" in run(app, "roles", "list").output
    assert [json.loads(line)["role"] for line in run(app, "roles", "list", "admin", "--json").output.splitlines()] == [
        "admin"
    ]


def test_the_last_admin_cannot_go(app: Flask, make_person: MakePerson, db_session: Session) -> None:
    first = make_person(username="first", role="admin")
    for arguments in (("roles", "revoke", "first"), ("roles", "grant", "first", "artist"), ("users", "close", "first")):
        result = run(app, *arguments)
        assert result.exit_code == 1
        assert "last admin" in result.output
    make_person(username="gone", role="admin", standing="banned")
    assert run(app, "roles", "revoke", "first").exit_code == 1
    make_person(username="second", role="admin")
    assert run(app, "roles", "revoke", "first", "--reason", "Left the team").output == "@first is no staff any more.\n"
    assert run(app, "roles", "revoke", "first").output == "@first is no staff.\n"
    db_session.refresh(first)
    assert first.role is Role.ARTIST
    entry = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "role.revoked")).one()
    assert entry.actor_id is None
    with app.app_context():
        said = sealing.unseal(first.id, entry.id, entry.about_sealed)
    assert said is not None
    assert said["reason"].startswith("Left the team (by command, as ")


def test_an_account_is_looked_after_and_each_command_may_be_repeated(
    app: Flask, client: Browser, make_person: MakePerson, login: Login, db_session: Session
) -> None:
    moon = make_person(username="moon", email_verified_at=None)
    login(client, moon)
    db_session.add(Passkey(user_id=moon.id, credential_id=b"c", public_key=b"k", name="Phone"))
    db_session.execute(update(User).where(User.id == moon.id).values(has_factor=True))
    db_session.commit()
    assert described(app, "users", "show", "moon")["sessions"] == 1
    assert run(app, "users", "resend", "moon").exit_code == 0
    for arguments, said in (
        (("verify",), "@moon is verified."),
        (("verify",), "This address is verified already."),
        (("disable-factor",), "@moon logs in with the password alone."),
        (("disable-factor",), "There is no second factor on this account."),
        (("end-sessions",), "@moon is logged out everywhere."),
        (("end-sessions",), "@moon is logged out everywhere."),
        (("close",), "@moon is leaving."),
        (("close",), "This account is on its way out already."),
        (("keep",), "@moon stays."),
        (("keep",), "This account stays anyway."),
        (("resend", "--password"), "@moon gets a new link."),
    ):
        result = run(app, "users", arguments[0], "moon", *arguments[1:])
        assert (result.exit_code, result.output) == (0, f"{said}\n")
    assert client.get("/settings/account").status_code == 303
    assert described(app, "users", "end-sessions", "moon")["sessions"] == 0
    assert len(db_session.scalars(select(MailedToken)).all()) == 2


@pytest.mark.parametrize("command", ["show", "verify", "disable-factor", "end-sessions", "close", "keep", "resend"])
def test_a_name_that_nobody_has_is_told(app: Flask, command: str) -> None:
    result = run(app, "users", command, "nobody")
    assert result.exit_code == 1
    assert "Nobody is called nobody." in result.output


def test_a_role_that_does_not_exist_is_refused(app: Flask, make_person: MakePerson) -> None:
    assert run(app, "roles", "grant", make_person().username, "emperor").exit_code == 2
