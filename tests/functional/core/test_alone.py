"""Being the only one at something: in this process, and among all that share a database."""

import threading
import time

import psycopg
import pytest
from flask import Flask

from app.core.alone import _locks, alone_at
from config import Settings

HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def test_one_after_the_other_within_a_process(app: Flask) -> None:
    inside, most = [0], [0]

    def work() -> None:
        with app.app_context(), alone_at("a", wait_s=5) as alone:
            assert alone
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.01)
            inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, inside, _locks) == ([1], [0], {})


def test_whoever_waits_too_long_is_told_and_others_are_not_held_up(app: Flask) -> None:
    with (
        app.app_context(),
        alone_at("a", wait_s=1) as alone,
        alone_at("b", wait_s=1) as beside,
        alone_at("a", wait_s=0.1) as again,
    ):
        assert (alone, beside, again) == (True, True, False)
    with app.app_context(), alone_at("a", wait_s=1) as alone:
        assert alone


def test_another_process_is_waited_for_and_its_death_is_enough(app: Flask, settings: Settings) -> None:
    url = settings.database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as other, app.app_context():
        other.execute(HOLD, ["a"])
        with alone_at("a", wait_s=0.2) as alone:
            assert not alone
        other.close()
        with alone_at("a", wait_s=5) as alone:
            assert alone


def test_an_error_inside_lets_go(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError), alone_at("a", wait_s=1):
            raise ZeroDivisionError
        with alone_at("a", wait_s=0.2) as alone:
            assert alone
