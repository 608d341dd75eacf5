"""What is sent in a form's place, or a file in a word's, is refused in words: an answer of 500 would be our mistake."""

import io

import pytest
from flask import Flask

from app.web.forms import FlaskForm
from tests.harness.browser import Browser
from tests.harness.kinds import Login, MakePerson

BODIES = {
    "nested": "[" * 5000, "a number": "1e999", "a word": '"x"', "a list": "[1]",
    "a map in a field": '{"login": {"a": []}}',
    "half a pair": '{"login": "\\ud800"}', "plain values": '{"login": ["x", {}], "password": 1, "remember": true}',
    "no JSON": "{", "nothing": "", "deep in a field": '{"login": ' + "[" * 5000,
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_json_that_says_something_else_than_the_form_asks_for_is_refused(client: Browser, body: str) -> None:
    headers = {"X-CSRFToken": client.csrf_token()}
    answer = client.post("/login", data=body, content_type="application/json", headers=headers)
    assert answer.status_code in {400, 422}, answer.text


@pytest.mark.parametrize("body", ["[" * 5000, "{", "[1]"])
def test_json_that_cannot_be_read_is_no_json(client: Browser, make_person: MakePerson, login: Login, body: str) -> None:
    login(client, make_person(role="artist"))
    headers = {"X-CSRFToken": client.csrf_token()}
    answer = client.post("/uploads", data=body, content_type="application/json", headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "field"),
    [("/login", "login"), ("/signup", "username"), ("/takedown", "addresses"), ("/login/link", "login")],
)
def test_a_file_is_no_word(client: Browser, path: str, field: str) -> None:
    assert client.submit(path, {field: (io.BytesIO(b"\0\xff"), "x.png")}).status_code == 422


def test_every_form_that_is_sent_is_one_of_ours(app: Flask) -> None:
    """Whose base lets no file into a field for words; Flask-WTF's own would."""
    import flask_wtf  # noqa: PLC0415 - the base that nothing but ours may have

    assert app
    foreign = [one for one in flask_wtf.FlaskForm.__subclasses__() if one is not FlaskForm]
    assert [one for one in foreign if one.__module__.startswith("app.")] == []


def test_a_page_that_led_here_by_no_address_is_none(client: Browser) -> None:
    assert client.submit("/settings/playback", headers={"Referer": "http://["}).status_code == 303
