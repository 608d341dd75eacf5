"""Who comes to the desk."""

import pytest
from flask import Flask

from app.accounts.models import User
from app.admin import desk
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakePerson


@pytest.fixture
def counted_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk that remembers what waits, as a process does for some seconds: the second page counts nothing of it."""
    monkeypatch.setattr(desk, "CACHE_SECONDS", 600.0)


@pytest.fixture
def root(make_person: MakePerson) -> User:
    """An admin."""
    return make_person(role="admin", username="root")


@pytest.fixture
def admin(app: Flask, root: User, login: Login) -> Browser:
    """The admin's browser, freshly logged in."""
    return login(browser_of(app), root)


@pytest.fixture
def mod(make_person: MakePerson) -> User:
    """A moderator."""
    return make_person(role="moderator", username="mod")


@pytest.fixture
def moderator(app: Flask, mod: User, login: Login) -> Browser:
    """The moderator's browser, freshly logged in."""
    return login(browser_of(app), mod)
