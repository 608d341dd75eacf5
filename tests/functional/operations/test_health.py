"""Health, readiness and numbers, for load balancers and operators."""

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session

from app.core.embedded.ports import PORTS
from app.core.events import OutboxEntry
from app.core.queue import DEFAULT, ring
from app.operations.spine import tell_alive
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import MakeApp

GONE = PORTS.start - 1
"""Where nobody listens: one that was free when this was read may be another test's by the time that it is asked."""


def test_a_ready_place_says_what_it_looked_at(client: Browser) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "ready": True, "database": "ok", "redis": "ok", "storage": "ok", "workers": {"media": 0, "default": 0},
    }  # fmt: skip
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"redis_url": f"redis://127.0.0.1:{GONE}/0"}, "redis"),
        ({"database_url": f"postgresql+psycopg://a@127.0.0.1:{GONE}/b"}, "database"),
    ],
)
def test_a_place_that_lacks_something_is_not_ready_but_lives(
    make_app: MakeApp, changes: dict[str, str], what: str
) -> None:
    client = browser_of(make_app(**changes))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["ready"] is False
    assert answer.json[what] != "ok"
    assert [name for name in ("database", "redis", "storage") if answer.json[name] != "ok"] == [what]
    assert str(GONE) not in answer.text, "addresses and passwords stay inside"
    assert client.get("/healthz").status_code == 200


def test_the_numbers_are_what_prometheus_reads(app: Flask, client: Browser, db_session: Session) -> None:
    db_session.add(OutboxEntry(name="UserSignedUp", payload={}))
    db_session.commit()
    with app.app_context():
        ring(DEFAULT, "app.core.pictures.delete_files", "x/")
        tell_alive()
    answer = client.get("/metrics")
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["soundstage_outbox_waiting",] == 1
    assert 0 <= found["soundstage_outbox_lag_seconds",] < 30
    assert found["soundstage_queue_jobs", "default"] == 1
    assert found["soundstage_queue_jobs", "media"] == 0
    assert found["soundstage_spine_alive",] == 1
    assert found["soundstage_tasks", "queued"] == 0
    assert ("soundstage_db_pool_in_use",) in found


def test_without_redis_there_are_no_numbers_and_that_is_no_mystery(make_app: MakeApp) -> None:
    answer = browser_of(make_app(redis_url=f"redis://127.0.0.1:{GONE}/0")).get("/metrics")
    assert answer.status_code == 503
