"""Suspicious visitors show that they are no robots; everyone else is left in peace, and a mailed link helps always."""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import altcha
import pytest
from flask import Flask

from app.accounts.models import User
from app.accounts.services import proofs
from app.core import signing
from app.extensions import db
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import MakeApp, MakePerson

LIKE_A_BROWSER = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "ar", "User-Agent": "Mozilla/5.0"}
SIGN_UP = {"username": "nawal", "email": "nawal@example.org", "password": "lemons by the harbour"}


@pytest.fixture
def app_with(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Flask]:
    """``app_with(captcha=…)``: puzzles that are solved in milliseconds."""
    monkeypatch.setattr(proofs, "FEWEST_TRIES", 1)
    monkeypatch.setattr(proofs, "MOST_TRIES", 5)
    monkeypatch.setattr(proofs, "ROUNDS", 1)
    return lambda **changes: make_app(**{"captcha": "altcha", **changes})


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person(username="moon")


def puzzle_of(text: str) -> dict[str, Any] | None:
    found = re.search(r'data-puzzle="([^"]+)"', text)
    return json.loads(unescape(found[1])) if found else None


def solved(puzzle: dict[str, Any] | None) -> str:
    assert puzzle is not None
    challenge = altcha.Challenge.from_dict(puzzle)
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return base64.b64encode(json.dumps({"challenge": puzzle, "solution": solution.to_dict()}).encode()).decode()


def stamp(app: Flask, seconds_ago: int = 30) -> str:
    """What a form holds that was opened a while ago."""
    signer = signing.timestamp_signer(app.config["SETTINGS"].secret_key, purpose="begun")
    signer.get_timestamp = lambda: int(__import__("time").time()) - seconds_ago  # type: ignore[method-assign]
    return signer.sign("f").decode()


def log_in(client: Browser, password: str, **more: str) -> Any:
    return client.submit("/login", {"login": "moon", "password": password, **more}, headers=LIKE_A_BROWSER)


def test_nobody_is_asked_for_anything_until_there_is_a_reason(app_with: Callable[..., Flask], person: User) -> None:
    del person
    client = browser_of(app_with())
    for path in ("/login", "/signup", "/password/forgot"):
        assert puzzle_of(client.get(path).text) is None
    assert puzzle_of(log_in(client, "wrong").text) is None
    assert log_in(client, PASSWORD).status_code == 303


def test_after_three_wrong_passwords_a_puzzle_is_to_be_solved_first(
    app_with: Callable[..., Flask], person: User
) -> None:
    del person
    client = browser_of(app_with())
    for _ in range(3):
        page = log_in(client, "wrong").text
    assert puzzle_of(page) is not None
    refused = log_in(client, PASSWORD)
    assert refused.status_code == 422
    assert "One more step" in refused.text
    assert puzzle_of(client.get("/login").text) is not None
    assert log_in(client, PASSWORD, altcha=solved(puzzle_of(refused.text))).status_code == 303


@pytest.mark.parametrize("break_it", ["replayed", "other door", "run out", "tampered", "forged", "nonsense", "endless"])
def test_a_solution_counts_once_in_its_time_for_its_door(
    app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, break_it: str
) -> None:
    app = app_with()
    with app.test_request_context():
        puzzle = proofs.make_puzzle("sign_up" if break_it == "other door" else "login")
        if break_it == "run out":
            monkeypatch.setattr(proofs, "LASTS", -proofs.LASTS)
            puzzle = proofs.make_puzzle("login")
        answer = solved(puzzle)
        if break_it == "replayed":
            assert proofs.spend_solution(answer, "login")
            db.session.commit()
            puzzle = {**puzzle, "signature": puzzle["signature"].upper()}
            assert not proofs.spend_solution(answer, "login")
            answer = solved(puzzle)
        elif break_it == "tampered":
            easier = {**puzzle, "parameters": {**puzzle["parameters"], "keyPrefix": "", "expiresAt": 2**40}}
            answer = solved(easier)
        elif break_it == "forged":
            answer = solved(altcha.create_challenge(proofs.ALGORITHM, 1, counter=1, hmac_secret="guessed").to_dict())
        elif break_it == "nonsense":
            answer = base64.b64encode(b'{"challenge": [], "solution": null}').decode()
        elif break_it == "endless":
            answer = "A" * 1_000_000
        assert not proofs.spend_solution(answer, "login")


@pytest.mark.parametrize(
    ("headers", "more", "asked"),
    [
        (LIKE_A_BROWSER, {}, False),
        ({**LIKE_A_BROWSER, "User-Agent": "python-requests/2"}, {}, True),
        ({**LIKE_A_BROWSER, "User-Agent": ""}, {}, True),
        ({**LIKE_A_BROWSER}, {"website": "https://buy.example"}, True),
        ({"User-Agent": "Mozilla/5.0"}, {}, True),
        ({"User-Agent": "Mozilla/5.0", "Accept-Language": "de"}, {"begun": "too fast"}, True),
        (LIKE_A_BROWSER, {"begun": "too fast"}, False),
    ],
    ids=["a browser", "a tool", "says nothing", "fills in the trap", "no origin, no language", "no origin, too fast",
         "too fast alone"],
)  # fmt: skip
def test_traffic_like_a_robots_is_asked_at_sign_up(
    app_with: Callable[..., Flask], headers: dict[str, str], more: dict[str, str], *, asked: bool
) -> None:
    app = app_with()
    client = browser_of(app)
    data = {**SIGN_UP, "begun": stamp(app), **more}
    answer = client.submit("/signup", data, headers=headers)
    assert answer.status_code == (422 if asked else 303)
    if asked:
        data["altcha"] = solved(puzzle_of(answer.text))
        assert client.submit("/signup", data, headers=headers).status_code == 303
        replayed = client.submit("/signup", data, headers=headers)
        assert replayed.status_code == 422


@pytest.mark.parametrize(
    ("path", "data"), [("/signup", SIGN_UP), ("/password/forgot", {"email": "a@example.org"})], ids=["sign-up", "reset"]
)
def test_the_fourth_from_one_network_in_a_day_is_asked(
    app_with: Callable[..., Flask], path: str, data: dict[str, str]
) -> None:
    app = app_with()
    answers = [
        browser_of(app).submit(path, {**data, "begun": stamp(app)}, headers=LIKE_A_BROWSER).status_code
        for _ in range(4)
    ]
    assert answers == [303, 303, 303, 422]


def test_without_a_script_a_link_can_be_mailed_from_the_same_form(app_with: Callable[..., Flask]) -> None:
    client = browser_of(app_with())
    for path, mail_to in (("/signup", "/signup/link"), ("/login", "/login/link")):
        tool = {"User-Agent": "curl/8"}
        data = {**SIGN_UP, "login": "moon"}
        page = client.submit(path, data, headers=tool).text
        first, mailing = (
            page.index('type="submit" class="button button--primary'),
            page.index(f'formaction="{mail_to}"'),
        )
        assert first < mailing, "Enter presses the first button of a form"
        assert client.submit(mail_to, data, headers=tool).status_code == 303


def test_the_page_with_the_puzzle_needs_no_unsafe_word(app_with: Callable[..., Flask]) -> None:
    answer = browser_of(app_with()).submit("/signup", SIGN_UP, headers={"User-Agent": "curl/8"})
    assert puzzle_of(answer.text)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "<script>" not in answer.text


class _Service(BaseHTTPRequestHandler):
    """Stands in for hCaptcha and reCAPTCHA: takes one answer for good."""

    seen: list[dict[str, list[str]]]
    status = 200

    def do_POST(self) -> None:
        said = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        type(self).seen.append(said)
        body = json.dumps({"success": said.get("response") == ["a person"]}).encode()
        self.send_response(type(self).status)
        self.end_headers()
        self.wfile.write(body if type(self).status == 200 else b"<html>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[tuple[type[_Service], str]]:
    class Service(_Service):
        seen: list[dict[str, list[str]]] = []  # noqa: RUF012 - of this test alone

    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Service, f"http://127.0.0.1:{server.server_port}/siteverify"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("kind", "field", "script"),
    [("hcaptcha", "h-captcha-response", "https://js.hcaptcha.com/1/api.js"),
     ("recaptcha", "g-recaptcha-response", "https://www.google.com/recaptcha/api.js")],
)  # fmt: skip
def test_a_service_is_asked_over_http_and_its_no_is_a_no(
    app_with: Callable[..., Flask], service: tuple[type[_Service], str], kind: str, field: str, script: str
) -> None:
    seen, url = service
    app = app_with(captcha=kind, captcha_site_key="of-the-page", captcha_secret="of-the-house", captcha_verify_url=url)
    client, tool = browser_of(app), {"User-Agent": "curl/8"}
    page = client.submit("/signup", SIGN_UP, headers=tool)
    assert f'data-script="{script}"' in page.text
    assert 'data-sitekey="of-the-page"' in page.text
    host = script.split("/")[2].replace("js.", "")
    assert host in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert host not in client.get("/signup").headers["Content-Security-Policy"], "no other page may load it"
    assert client.submit("/signup", {**SIGN_UP, field: "a robot"}, headers=tool).status_code == 422
    assert client.submit("/signup", {**SIGN_UP, field: "a person"}, headers=tool).status_code == 303
    assert seen.seen[-1] == {"secret": ["of-the-house"], "response": ["a person"], "remoteip": ["127.0.0.1"]}


@pytest.mark.parametrize("trouble", ["away", "broken", "another shape"])
def test_a_service_that_does_not_answer_keeps_the_door_shut_but_not_the_mailed_link(
    app_with: Callable[..., Flask], service: tuple[type[_Service], str], trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in, url = service
    stand_in.status = 500 if trouble == "broken" else 200
    if trouble == "another shape":
        monkeypatch.setattr(json, "dumps", lambda *_args, **_more: "[1]")
    app = app_with(
        captcha="hcaptcha", captcha_site_key="k", captcha_secret="s",
        captcha_verify_url="http://127.0.0.1:1/" if trouble == "away" else url,
    )  # fmt: skip
    with app.app_context():
        assert not proofs.ask_service("a person", "203.0.113.5")
    monkeypatch.undo()
    client, tool = browser_of(app), {"User-Agent": "curl/8"}
    assert client.submit("/signup/link", {"email": "a@example.org"}, headers=tool).status_code == 303
