"""Request budgets: counted in Redis, told in words."""

import pytest

from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakePerson


@pytest.fixture
def busy(make_app: MakeApp) -> Browser:
    return browser_of(make_app(testing=False, login_limit="3 per minute", form_limit="2 per minute"))


def test_the_fourth_try_of_a_password_has_to_wait(busy: Browser, make_person: MakePerson) -> None:
    wrong = {"login": make_person().username, "password": "wrong"}
    assert [busy.submit("/login", wrong).status_code for _ in range(4)] == [422, 422, 422, 429]
    refused = busy.submit("/login", wrong)
    assert "Wait a few minutes" in refused.text
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Content-Type"].startswith("text/html")


def test_the_right_password_uses_nothing_up(busy: Browser, make_person: MakePerson, login: Login) -> None:
    person = make_person()
    for _ in range(5):
        login(busy, person)
        busy.submit("/logout")
    assert busy.submit("/login", {"login": person.username, "password": "wrong"}).status_code == 422


def test_doors_share_one_budget_and_looking_is_free(busy: Browser) -> None:
    statuses = [
        busy.submit("/login", {"login": "a", "password": "b"}).status_code,
        busy.submit("/signup", {}).status_code,
        busy.submit("/password/forgot", {"email": "a@example.org"}).status_code,
        busy.submit("/login", {"login": "a", "password": "b"}).status_code,
    ]
    assert statuses == [422, 422, 303, 429]
    assert busy.get("/login").status_code == 200


def test_each_address_has_its_own_budget(busy: Browser) -> None:
    for _ in range(4):
        busy.submit("/login", {"login": "a", "password": "b"})
    elsewhere = {"REMOTE_ADDR": "127.0.0.2"}
    assert busy.submit("/login", {"login": "a", "password": "b"}, environ_base=elsewhere).status_code == 422


def test_forms_of_members_are_counted_apart_from_doors(busy: Browser, make_person: MakePerson, login: Login) -> None:
    login(busy, make_person())
    assert [busy.submit("/settings/playback").status_code for _ in range(3)] == [303, 303, 429]


def test_without_redis_budgets_are_counted_in_the_process(make_app: MakeApp) -> None:
    browser = browser_of(make_app(testing=False, login_limit="2 per minute", redis_url="redis://127.0.0.1:1/0"))
    tries = [browser.submit("/login", {"login": "a", "password": "b"}).status_code for _ in range(3)]
    assert tries == [422, 422, 429]
