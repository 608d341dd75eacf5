"""PostgreSQL and Redis of this test process, and how they become empty again.

Each pytest-xdist worker has its own pair: starting one costs less than a second, and a shared one would have to outlive
the worker that started it. Rows are deleted rather than truncated (3 ms against 40 ms for sixteen small tables), with
foreign keys asleep, so that the order does not matter.
"""

from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from redis import Redis

from app.core.embedded import EmbeddedPostgres, EmbeddedRedis, create_database, drop_database

KEPT_TABLES = frozenset({"realms", "house_rules"})
TEMPLATE = "pristine"


class Engines:
    """The two servers. ``database_url`` is the database that is emptied between tests."""

    def __init__(self, folder: Path) -> None:
        self._postgres = EmbeddedPostgres(folder / "postgres", durable=False)
        self._redis = EmbeddedRedis(folder / "redis", durable=False)
        self.plain_database_url = self._postgres.start()
        self.redis_url = self._redis.start()
        self.redis: Redis = Redis.from_url(self.redis_url)
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._empty = ""
        self._made = 0

    @property
    def database_url(self) -> str:
        """As the settings spell it."""
        return _with_driver(self.plain_database_url)

    def keep_template(self, tables: list[str]) -> None:
        """Take the migrated database as it is for the template of others. Nobody may be connected to it."""
        create_database(self.plain_database_url, TEMPLATE, urlsplit(self.plain_database_url).path.lstrip("/"))
        deletes = "; ".join(
            f'DELETE FROM "{table}"'  # noqa: S608 - names of our own tables
            for table in tables
            if table not in KEPT_TABLES
        )
        self._empty = f"BEGIN; {deletes}; COMMIT"
        self._connection = psycopg.connect(self.plain_database_url, autocommit=True, application_name="tests")
        self._connection.execute("SET session_replication_role = replica")
        self._connection.execute(
            "SET lock_timeout = '5s'"
        )  # a test that left a transaction open is told, not waited for

    def empty(self) -> None:
        """Nothing but the realms and the rules, nothing in Redis."""
        assert self._connection is not None
        self._connection.execute(self._empty.encode())
        self.redis.flushall()

    def new_database(self) -> tuple[str, str]:
        """A migrated database for one test alone: its name and its address."""
        self._made += 1
        name = f"own_{self._made}"
        return name, _with_driver(create_database(self.plain_database_url, name, TEMPLATE))

    def drop_database(self, name: str) -> None:
        """Drop a database of ``new_database``, whoever is connected."""
        drop_database(self.plain_database_url, name)

    def stop(self) -> None:
        """Stop both servers."""
        if self._connection is not None:
            self._connection.close()
        self.redis.close()
        self._redis.stop()
        self._postgres.stop()


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)
