"""Taking another name."""

from importlib import import_module
from random import Random

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.models import User
from app.accounts.names import username_key
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeMedium, MakePerson
from tests.harness.races import second_of_two


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person(username="moon", role="artist")


@pytest.fixture
def renamed(client: Browser, person: User, login: Login) -> Browser:
    login(client, person)
    assert client.submit("/settings/account/username", {"username": "sun"}).status_code == 303
    return client


def test_the_old_address_leads_to_the_new(renamed: Browser) -> None:
    for path, target in {"/@moon": "/@sun", "/@MOON": "/@sun", "/@moon/tracks": "/@sun/tracks"}.items():
        answer = renamed.get(path)
        assert (answer.status_code, answer.location) == (301, target)
    assert renamed.get("/@sun").status_code == 200


@pytest.mark.parametrize("wish", ["moon", "M00N", "sun", "SUN", "s_un"])
def test_nobody_else_gets_a_name_that_is_or_was_someones(
    renamed: Browser, app: Flask, make_person: MakePerson, login: Login, wish: str
) -> None:
    del renamed
    other = login(browser_of(app), make_person())
    answer = other.submit("/settings/account/username", {"username": wish})
    assert answer.status_code == 422
    assert "This name is taken" in answer.text


def test_its_owner_may_take_a_former_name_back(renamed: Browser, person: User, db_session: DatabaseSession) -> None:
    assert renamed.submit("/settings/account/username", {"username": "moon"}).status_code == 303
    db_session.refresh(person)
    assert person.username == "moon"
    assert renamed.get("/@sun").location == "/@moon"


def test_its_case_may_be_changed(renamed: Browser) -> None:
    assert renamed.submit("/settings/account/username", {"username": "SUN"}).status_code == 303
    assert renamed.get("/@sun").location == "/@SUN"


def test_a_look_alike_of_a_name_leads_nowhere(renamed: Browser) -> None:
    assert renamed.get("/@5un").status_code == 404


@pytest.mark.parametrize("wish", ["", "ab", "admin", "a b", "zoë"])
def test_a_name_that_breaks_the_rule_is_refused_beside_its_field(
    client: Browser, person: User, login: Login, wish: str
) -> None:
    login(client, person)
    answer = client.submit("/settings/account/username", {"username": wish})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert client.get("/@moon").status_code == 200


def test_of_two_who_take_a_name_at_once_one_is_told_that_it_is_taken(
    client: Browser, person: User, make_person: MakePerson, login: Login, db_session: DatabaseSession
) -> None:
    quicker = make_person()
    login(client, person)
    quicker.username = quicker.username_key = "sun"
    answer = second_of_two(db_session, lambda: client.submit("/settings/account/username", {"username": "sun"}))
    assert answer.status_code == 422
    assert "This name is taken" in answer.text
    db_session.refresh(person)
    assert person.username == "moon"


def test_two_whose_names_came_to_look_alike_both_keep_theirs(
    app: Flask, client: Browser, make_person: MakePerson, make_medium: MakeMedium, login: Login
) -> None:
    """As the migration leaves them: the younger is kept under a key of their own."""
    elder, younger = (
        make_person(username="dara", role="artist"),
        make_person(username="Clara", username_key="=clara", role="artist"),
    )
    assert elder.username_key == "dara"
    assert younger.username_key == "=clara"
    medium = make_medium(younger)
    for name, shown in {"dara": "Dara", "Clara": "Clara"}.items():
        assert shown in client.get(f"/@{name}").text
    assert client.get(f"/@Clara/{medium.slug}").status_code == 200
    login(client, younger)
    refused = login(browser_of(app), make_person()).submit("/settings/account/username", {"username": "c1ara"})
    assert refused.status_code == 422
    assert client.submit("/settings/account/username", {"username": "sun"}).status_code == 303
    assert browser_of(app).get("/@clara").location == "/@sun"


def test_the_migration_folds_kept_keys_as_the_rule_does(db_session: DatabaseSession) -> None:
    migration = import_module("migrations.versions.0014_signin")
    before = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "2": "z", "_": None})
    chance = Random(14)  # noqa: S311 - the same names each time
    names = ["".join(chance.choices("acdlmnrvwo01i5s2z8b9g_", k=8)) for _ in range(300)]
    kept = [name.translate(before).replace("rn", "m").replace("vv", "w") for name in names]
    folded = text(f"SELECT {migration.MORE_LOOK_ALIKES.format(key='key')} FROM unnest(CAST(:kept AS text[])) AS key")  # noqa: S608 - our own words
    assert list(db_session.scalars(folded, {"kept": kept})) == [username_key(name) for name in names]
