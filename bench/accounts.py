"""Whether the doors tell by time who is known: log-in, reset and sign-up, for people who are here and who are not."""

import dataclasses
import os
import secrets
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from app import create_app
from app.accounts.services.sign_up import make_user
from app.core.embedded import EmbeddedPostgres, EmbeddedRedis
from app.extensions import db
from app.operations.migrations_cli import bind_migrations
from bench.report import Report
from config import load_settings
from tests.harness.browser import Browser

BUDGET_MS = 5.0
PEOPLE = 40
WARM_UP = 4
Form = Callable[[int, bool], dict[str, str]]


def _login(number: int, is_known: bool) -> dict[str, str]:  # noqa: FBT001 - as its type has it
    return {"login": f"{'known' if is_known else 'nobody'}x{number}", "password": "not the right one"}


def _reset(number: int, is_known: bool) -> dict[str, str]:  # noqa: FBT001
    return {"email": f"{'known' if is_known else 'nobody'}x{number}@example.org"}


def _sign_up(number: int, is_known: bool) -> dict[str, str]:  # noqa: FBT001
    name = f"new_{secrets.token_hex(6)}"
    return {"username": name, "password": "violets under the stairs", **_reset(number, is_known)}


DOORS: dict[str, tuple[str, Form]] = {
    "log-in": ("/login", _login), "reset": ("/password/forgot", _reset), "mailed link": ("/login/link", _login),
    "sign-up": ("/signup", _sign_up),
}  # fmt: skip


def measure(report: Report, folder: Path, *, people: int = PEOPLE) -> None:
    """Ask every door in turns for someone who is known and someone who is not: server time, without a network."""
    postgres = EmbeddedPostgres(folder / "accounts-postgres", durable=False)
    store = EmbeddedRedis(folder / "accounts-redis", durable=False)
    try:
        environment = {
            **os.environ, "DATABASE_URL": postgres.start(), "REDIS_URL": store.start(),
            "DATA_DIR": str(folder / "accounts"), "SECRET_KEY": secrets.token_hex(16), "CAPTCHA": "off",
            "PUBLIC_URL": "http://127.0.0.1", "LOG_LEVEL": "ERROR", "LOGIN_LIMIT": "100000 per minute",
        }  # fmt: skip
        app = create_app(dataclasses.replace(load_settings(environment), testing=True))
        app.test_client_class = Browser
        bind_migrations(app)
        with app.app_context():
            upgrade()
            for number in range(people):
                make_user(
                    username=f"knownx{number}", email=f"knownx{number}@example.org", password=secrets.token_hex(8)
                )
            db.session.commit()
        for name, (path, form) in DOORS.items():
            _measure_door(report, app, name, path, form, people)
    finally:
        store.stop()
        postgres.stop()


def _measure_door(report: Report, app: Flask, name: str, path: str, form: Form, people: int) -> None:
    taken: dict[bool, list[float]] = {True: [], False: []}
    browser = app.test_client()
    assert isinstance(browser, Browser)
    for number in range(-WARM_UP, people):
        for is_known in (True, False) if number % 2 else (False, True):
            _be_patient(app)
            data = form(max(number, 0), is_known)
            browser.csrf_token()
            began = time.perf_counter()
            status = browser.submit(path, data).status_code
            if number >= 0:
                taken[is_known].append((time.perf_counter() - began) * 1000)
            assert status in {303, 422}, status
    known, unknown = statistics.median(taken[True]), statistics.median(taken[False])
    difference = abs(known - unknown)
    report.add(
        f"{name}: known and unknown, difference of medians", f"{difference:.2f} ms",
        yardstick=f"{known:.1f} and {unknown:.1f} ms, {people} each", budget=f"< {BUDGET_MS:.0f} ms",
        met=difference < BUDGET_MS,
    )  # fmt: skip


def _be_patient(app: Flask) -> None:
    """As if everyone had waited as long as they were told."""
    with app.app_context():
        db.session.execute(text("TRUNCATE throttles"))
        db.session.commit()
