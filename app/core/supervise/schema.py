"""Whether the database already has the newest schema, told without loading the application, which takes seconds."""

import re
from pathlib import Path

import psycopg

_REVISION = re.compile(r"^revision(?:\s*:[^=]+)?\s*=\s*(.+)$", re.MULTILINE)
_DOWN_REVISION = re.compile(r"^down_revision(?:\s*:[^=]+)?\s*=\s*(.+)$", re.MULTILINE)
_NAME = re.compile(r"['\"]([^'\"]+)['\"]")


def heads(versions: Path) -> set[str]:
    """The revisions in a folder of Alembic's that no other revision follows upon."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for path in versions.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for pattern, names in ((_REVISION, revisions), (_DOWN_REVISION, followed)):
            if found := pattern.search(text):
                names.update(_NAME.findall(found[1]))
    return revisions - followed


def is_newest(database_url: str, versions: Path) -> bool:
    """Whether the database stands at the heads of ``versions``. In doubt it does not: Alembic then looks for itself."""
    url = "postgresql" + database_url[database_url.index("://") :]
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except psycopg.Error:
        return False
    return bool(rows) and {row[0] for row in rows} == heads(versions)
