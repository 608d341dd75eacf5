"""Page or fragment: only a real swap by htmx gets a fragment."""

import pytest
from flask import Flask

from app.web.errors import error_response, wants_json
from app.web.hx import render, wants_fragment

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("headers", "fragment"),
    [
        ({}, False),
        ({**HTMX, "HX-Request-Type": "partial"}, True),
        ({**HTMX, "HX-Request-Type": "full"}, False),
        (HTMX, False),
        ({"HX-History-Restore-Request": "true"}, False),
        ({"HX-Request-Type": "partial"}, False),
    ],
    ids=["visit", "swap", "boosted visit", "htmx of unknown kind", "back and forward", "not htmx"],
)
def test_only_a_swap_gets_a_fragment(plain_app: Flask, headers: dict[str, str], *, fragment: bool) -> None:
    with plain_app.test_request_context("/", headers=headers):
        assert wants_fragment() is fragment


def test_every_answer_varies_by_what_htmx_said(plain_app: Flask) -> None:
    with plain_app.test_request_context("/", headers={**HTMX, "HX-Request-Type": "partial"}):
        assert set(render("errors/500.html").vary) >= {"HX-Request", "HX-Request-Type"}


def test_a_refused_form_is_not_pushed_as_an_address(plain_app: Flask) -> None:
    with plain_app.test_request_context("/", method="POST"):
        assert render("errors/500.html", None, 422).headers["HX-Push-Url"] == "false"
        assert "HX-Push-Url" not in render("errors/500.html").headers
        assert error_response(500).headers["HX-Push-Url"] == "false"


@pytest.mark.parametrize(
    ("headers", "json"),
    [({}, False), ({"Accept": "*/*"}, False), ({"Accept": "text/html,*/*;q=0.8"}, False),
     ({"Accept": "application/json"}, True), ({"Content-Type": "application/json"}, True)],
)  # fmt: skip
def test_scripts_get_json_and_people_get_pages(plain_app: Flask, headers: dict[str, str], *, json: bool) -> None:
    with plain_app.test_request_context("/", headers=headers):
        assert wants_json() is json
