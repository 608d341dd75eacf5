"""What every test may ask for. Nothing here starts an engine until a test asks: unit tests take milliseconds.

Functional tests run on a real PostgreSQL and a real Redis (see ``tests/harness/engines.py``), over applications made by
``create_app``. No test reaches beyond this machine.
"""

import dataclasses
import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from uuid import uuid4
from weakref import WeakSet

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import event
from sqlalchemy.orm import Session

from app import create_app
from app.accounts.models import User
from app.accounts.services.passwords import hash_password
from app.admin import desk
from app.core import announcements, options
from app.core.embedded.ports import free_port
from app.core.storage import Storage
from app.extensions import compress, csrf, db, limiter, login_manager, socketio
from app.media.models import Kind, Medium, MediumState, Visibility
from app.moderation import filter_set
from app.operations.migrations_cli import bind_migrations
from config import Settings, load_settings
from tests.factories.media import MediumOrder, add_medium
from tests.factories.people import PASSWORD, add_person
from tests.harness import work
from tests.harness.browser import Browser, browser_of
from tests.harness.engines import Engines
from tests.harness.mail import MailOutbox, SmtpServer
from tests.harness.statements import count_statements as statements_counted

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 - compared, not bound
NOWHERE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
"""Addresses where nobody listens, for tests that need no engine."""


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if not host.startswith(LOOPBACK):
            raise RuntimeError(f"A test tried to reach {host}; tests stay on this machine.")


sys.addaudithook(_stay_on_this_machine)
for _name in [name for name in os.environ if name.startswith("AWS_")] + ["SOUNDSTAGE", "FLASK_APP"]:
    os.environ.pop(_name, None)  # the machine's own accounts and settings stay out of it


def settings_for(data_dir: Path, **environ: str) -> Settings:
    """The settings that ``environ`` makes, with quick password digests and without request limits."""
    given = {
        "DATA_DIR": str(data_dir), "SECRET_KEY": "made up for tests", "PUBLIC_URL": "http://127.0.0.1",
        "PART_SIZE_MB": "5", "LOG_LEVEL": "CRITICAL", "CAPTCHA": "off", **NOWHERE, **environ,
    }  # fmt: skip
    return dataclasses.replace(load_settings(given), testing=True, bcrypt_cost=4)


class _Templates(BytecodeCache):
    """Compiled templates, kept for every application of this process: compiling them takes longer than a test."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Look into memory."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep in memory."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = _Templates()


def _new_app(settings: Settings) -> Flask:
    """An application whose test clients behave like browsers."""
    app = create_app(settings)
    app.jinja_env.bytecode_cache = TEMPLATES
    app.test_client_class = Browser
    opened = app.extensions["opened_connections"] = WeakSet[psycopg.Connection[Any]]()
    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine, "connect", lambda connection, _record: opened.add(connection))
    return app


@contextmanager
def _extensions_kept() -> Iterator[None]:
    """Afterwards the extensions obey whom they obeyed before, whatever applications were made meanwhile."""
    before = [(extension, dict(vars(extension))) for extension in (limiter, socketio, csrf, login_manager, compress)]
    try:
        yield
    finally:
        for extension, state in before:
            vars(extension).clear()
            vars(extension).update(state)


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    for connection in list(app.extensions.get("opened_connections", ())):
        connection.close()  # a thread of a server that was just stopped may hold it still


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and never again among what was imported: a tenth of the time of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal out every test by itself, but those of the browser together; only where there is pytest-xdist."""
    from tests.browser.dealing import BrowserTogether  # noqa: PLC0415 - it needs pytest-xdist, which not every run has

    return BrowserTogether(config, log)


# Engines and settings -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """PostgreSQL, migrated, and Redis: one pair a test process."""
    folder = tmp_path_factory.mktemp("engines")
    running = Engines(folder)
    try:
        app = create_app(
            settings_for(folder / "data", DATABASE_URL=running.plain_database_url, REDIS_URL=running.redis_url)
        )
        bind_migrations(app)
        with app.app_context():
            upgrade()
            tables = [table.name for table in db.metadata.sorted_tables]
        _close(app)
        running.keep_template(tables)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def kept_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of every test of this process; ``settings`` empties it."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def settings(engines: Engines, kept_data_dir: Path) -> Settings:
    """Settings over empty engines and an empty data folder.

    A module that overrides this fixture gets an app of its own: ``return dataclasses.replace(settings, lease_s=…)``.
    """
    engines.empty()
    options.forget()
    desk.forget()
    filter_set.forget()
    announcements.forget(there_are_none=True)
    for path in kept_data_dir.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (kept_data_dir / "media" / ".multipart").mkdir(parents=True)  # a kept application made it once
    return settings_for(kept_data_dir, DATABASE_URL=engines.plain_database_url, REDIS_URL=engines.redis_url)


# Applications ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def kept_apps() -> Iterator[dict[str, Flask]]:
    """The application that tests with the usual settings share, under ``"app"``: making one takes 20 ms."""
    kept: dict[str, Flask] = {}
    yield kept
    for app in kept.values():
        _close(app)


@pytest.fixture
def app(settings: Settings, kept_apps: dict[str, Flask]) -> Iterator[Flask]:
    """The application for ``settings``. No context is pushed: requests must not share one with the test."""
    kept = kept_apps.get("app")
    if kept is None or kept.config["SETTINGS"] != settings:
        if kept is not None:
            _close(kept)
        kept = kept_apps["app"] = _new_app(settings)
    yield kept
    with kept.app_context():
        db.session.remove()


@pytest.fixture
def make_app(app: Flask, settings: Settings) -> Iterator[Callable[..., Flask]]:
    """``make_app(**changes)``: another application, with ``settings`` changed; or ``make_app(those_settings)``.

    Extensions are shared by the applications of a process, and the last one made is whom they obey: so the usual one
    is made before these, and the extensions are given back to it afterwards.
    """
    del app
    made: list[Flask] = []

    def make(base: Settings | None = None, **changes: Any) -> Flask:
        another = _new_app(dataclasses.replace(base or settings, **changes))
        made.append(another)
        return another

    with _extensions_kept():
        yield make
    for one in made:
        _close(one)


@pytest.fixture
def own_database(engines: Engines) -> Iterator[str]:
    """The address of a migrated database for this test alone, as settings spell it: ``make_app(database_url=…)``."""
    name, url = engines.new_database()
    yield url
    engines.drop_database(name)


@pytest.fixture(scope="session")
def plain_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of ``plain_app``."""
    return tmp_path_factory.mktemp("plain")


@pytest.fixture
def plain_app(plain_folder: Path, kept_apps: dict[str, Flask]) -> Iterator[Flask]:
    """An application that reaches neither database nor Redis, for unit tests; its context is pushed for the test.

    Making it leaves the shared extensions to the usual application, where there is one: before any application they
    obey nobody, and would know no viewer afterwards.
    """
    app = kept_apps.get("plain")
    if app is None:
        with _extensions_kept() if "app" in kept_apps else nullcontext():
            app = kept_apps["plain"] = _new_app(settings_for(plain_folder))
    with app.app_context():
        yield app


# Acting ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser without cookies. ``browser_of(app)`` makes more of them."""
    return browser_of(app)


@pytest.fixture
def login() -> Callable[..., Browser]:
    """``login(client, person)``: through the form. Returns the client."""

    def do(client: Browser, person: User, *, password: str = PASSWORD, remember: bool = False) -> Browser:
        data = {"login": person.username, "password": password, **({"remember": "y"} if remember else {})}
        answer = client.submit("/login", data)
        assert answer.status_code == 303, answer.text
        return client

    return do


@pytest.fixture
def run_spine(app: Flask) -> Callable[[], int]:
    """``run_spine()``: hand what waits in the outbox to its reactions; returns how many events."""
    return lambda: work.relay(app)


@pytest.fixture
def run_jobs(app: Flask) -> Callable[..., int]:
    """``run_jobs("default")``: do the jobs of a queue in this process until there are none; returns how many.

    A job that raises fails the test, unless ``failures=True``.
    """
    return lambda queue_name="default", **how: work.work_off(app, queue_name, **how)


@pytest.fixture
def settle(app: Flask) -> Callable[..., None]:
    """``settle()``: relay and work on every queue until nothing waits."""
    return lambda **how: work.settle(app, **how)


@pytest.fixture
def count_statements() -> Callable[[], AbstractContextManager[list[str]]]:
    """What SQL runs within a block; see ``tests/harness/statements.py``."""
    return statements_counted


# Rows -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def db_session(app: Flask) -> Iterator[Session]:
    """The test's own session, apart from those of requests. ``expire_all()`` before looking at what they changed."""
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def make_person(app: Flask, db_session: Session) -> Callable[..., User]:
    """``make_person(role="artist", username=…, **columns)``; the password is that of ``tests.factories.people``."""

    def make(*, password: str = PASSWORD, **values: Any) -> User:
        with app.app_context():
            digest = hash_password(password)
        return add_person(db_session, password_digest=digest, **values)

    return make


@pytest.fixture
def make_medium(app: Flask, db_session: Session) -> Callable[..., Medium]:
    """``make_medium(owner, "audio", "ready", "public", with_version=True, files=False, **columns)``.

    ``files=True`` puts an object into storage for everything that the rows name; ``artwork=True`` adds a picture.
    """

    def make(
        owner: User,
        kind: str = "audio",
        state: str = "ready",
        visibility: str = "public",
        *,
        with_version: bool = True,
        files: bool = False,
        artwork: bool = False,
        **values: Any,
    ) -> Medium:
        order = MediumOrder(
            kind=Kind(kind), state=MediumState(state), visibility=Visibility(visibility),
            with_version=with_version, files=files, artwork=artwork,
        )  # fmt: skip
        return add_medium(db_session, store_of(app), owner, order, **values)

    return make


def store_of(app: Flask) -> Storage:
    """The storage of an application."""
    storage: Storage = app.extensions["storage"]
    return storage


# The world outside ----------------------------------------------------------------------------------------------------


@pytest.fixture
def mail_outbox(settings: Settings) -> MailOutbox:
    """Mail that was written to ``DATA_DIR/mail``."""
    return MailOutbox(settings.data_dir / "mail")


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """A real mail server: ``make_app(smtp_url=smtp_server.url)``, then ``smtp_server.messages``."""
    server = SmtpServer(free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Moto as an S3 server over HTTP on this machine."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - a second to import, for the tests that need it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_settings(s3_endpoint: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with a new, empty bucket: ``make_app(s3_settings)``."""
    import boto3  # noqa: PLC0415 - likewise

    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    bucket = f"soundstage-{uuid4().hex}"
    boto3.client("s3", endpoint_url=s3_endpoint).create_bucket(Bucket=bucket)
    return dataclasses.replace(settings, s3_bucket=bucket, s3_endpoint_url=s3_endpoint)
