"""Commands for operators."""

from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Role
from tests.harness.kinds import MakePerson


def test_a_role_is_given_by_name_or_address(app: Flask, make_person: MakePerson, db_session: Session) -> None:
    person = make_person(username="moon", email="Moon@example.org")
    for login, role in (("Moon", "moderator"), ("moon@EXAMPLE.org", "admin")):
        result = app.test_cli_runner().invoke(args=["users", "role", login, role])
        assert (result.exit_code, result.output) == (0, f"@moon is {role} now.\n")
        db_session.refresh(person)
        assert person.role is Role(role)


def test_a_name_that_nobody_has_is_told(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["users", "role", "nobody", "admin"])
    assert result.exit_code == 1
    assert "Nobody is called nobody." in result.output


def test_a_role_that_does_not_exist_is_refused(app: Flask, make_person: MakePerson) -> None:
    result = app.test_cli_runner().invoke(args=["users", "role", make_person().username, "emperor"])
    assert result.exit_code == 2


def test_there_is_no_worker_for_a_queue_that_is_not_there(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["worker", "nothing"]).exit_code == 2
