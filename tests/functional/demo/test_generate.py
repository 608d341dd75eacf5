"""A made-up community: the same seed makes the same rows, fast; and listings over it use their indexes."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text

from app.extensions import db
from tests.conftest import settings_for
from tests.harness.browser import Browser, browser_of
from tests.harness.engines import Engines
from tests.harness.kinds import MakeApp

MEDIA = 20_000


@pytest.fixture(scope="module")
def crowded(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with twenty thousand media."""
    from app import create_app  # noqa: PLC0415

    name, url = engines.new_database()
    settings = settings_for(tmp_path_factory.mktemp("crowded"), DATABASE_URL=url, REDIS_URL=engines.redis_url)
    app = create_app(settings)
    result = app.test_cli_runner().invoke(args=["demo", "generate", "--people", "300", "--media", str(MEDIA)])
    assert result.exit_code == 0, result.output
    with app.app_context():
        db.engine.dispose()
    yield url
    engines.drop_database(name)


def rows_of(app: Flask) -> dict[str, str]:
    """A digest of every row of what is generated."""
    with app.app_context():
        return {
            table: db.session.scalar(
                text(f"SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t")  # noqa: S608 - our own tables
            )
            or ""
            for table in ("users", "media", "versions")
        }


def test_the_same_seed_makes_the_same_rows_and_fast(make_app: MakeApp, engines: Engines) -> None:
    made = {}
    for attempt, seed in enumerate(("7", "7", "8")):
        name, url = engines.new_database()
        app = make_app(database_url=url)
        began = time.perf_counter()
        command = ["demo", "generate", "--people", "50", "--media", "2000", "--seed", seed]
        result = app.test_cli_runner().invoke(args=command)
        assert result.exit_code == 0, result.output
        assert time.perf_counter() - began < 10
        made[attempt] = rows_of(app)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        engines.drop_database(name)
    assert made[0] == made[1]
    assert all(made[0][table] != made[2][table] for table in made[0])


def test_a_community_that_is_there_already_is_not_added_twice(make_app: MakeApp, own_database: str) -> None:
    app = make_app(database_url=own_database)
    command = ["demo", "generate", "--people", "5", "--media", "10"]
    assert app.test_cli_runner().invoke(args=command).exit_code == 0
    before = rows_of(app)
    assert app.test_cli_runner().invoke(args=command).exit_code != 0
    assert rows_of(app) == before


def test_nobody_can_log_in_as_someone_made_up(make_app: MakeApp, own_database: str) -> None:
    app = make_app(database_url=own_database)
    app.test_cli_runner().invoke(args=["demo", "generate", "--people", "1", "--media", "1"])
    with app.app_context():
        username = db.session.scalar(text("SELECT username FROM users"))
    assert browser_of(app).submit("/login", {"login": username, "password": "!"}).status_code == 422


def plans(app: Flask, client: Browser, path: str) -> list[tuple[str, str]]:
    """Every SELECT from media that a page runs, with its plan."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "FROM media" in statement:
            seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    explained = []
    with app.app_context():
        connection: Any = db.session.connection().connection.driver_connection
        for statement, parameters in seen:
            rows = connection.execute("EXPLAIN " + statement, parameters).fetchall()
            explained.append((statement, "\n".join(row[0] for row in rows)))
    return explained


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("/", "ix_media_newest_by_realm"),
        ("/music", "ix_media_newest_by_realm"),
        ("/screen", "ix_media_newest_by_realm"),
        ("/@{prolific}", "ix_media_newest_by_owner"),
        ("/@{prolific}/tracks", "ix_media_newest_by_kind"),
        ("/@{prolific}/{slug}", "ix_media_newest_by_owner"),
        ("/search?q=harbour", "ix_media"),
        ("/search?q=zzzz", "ix_media"),
        ("/search?q=a", "ix_media"),
    ],
)
def test_no_listing_reads_the_whole_table(make_app: MakeApp, crowded: str, path: str, index: str) -> None:
    app = make_app(database_url=crowded)
    with app.app_context():
        prolific, slug = db.session.execute(
            text("SELECT username, min(slug) FROM media JOIN users u ON u.id = owner_id WHERE listed"
                 " GROUP BY username ORDER BY count(*) DESC LIMIT 1")
        ).one()  # fmt: skip
    explained = plans(app, browser_of(app), path.format(prolific=prolific, slug=slug))
    assert explained
    for statement, plan in explained:
        assert "Seq Scan on media" not in plan, f"{statement}\n{plan}"
    found = "\n\n".join(plan for _, plan in explained)
    assert index in found, found


def test_a_page_deep_down_costs_what_the_first_one_costs(make_app: MakeApp, crowded: str) -> None:
    from app.web.pagination import encode_cursor  # noqa: PLC0415

    app = make_app(database_url=crowded)
    with app.app_context():
        row = db.session.execute(
            text(
                "SELECT published_at, id FROM media WHERE listed AND realm_slug = 'music' ORDER BY 1 LIMIT 1 OFFSET 500"
            )
        ).one()
    explained = plans(app, browser_of(app), f"/music?after={encode_cursor(*row)}")
    found = "\n".join(plan for _, plan in explained)
    assert "ROW(published_at, id) < ROW(" in found.split("Index Cond:")[1].splitlines()[0], found
