"""Making and dropping databases of a running PostgreSQL; tests give each worker its own, copied from one template."""

from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql


def _maintenance(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection to the database ``postgres`` of the same server, outside any transaction."""
    return psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True)


def create_database(url: str, name: str, template: str | None = None) -> str:
    """Make the database ``name`` on the server of ``url``, as a copy of ``template`` when one is given.

    Nobody may be connected to the template. A copy of an empty schema takes some 25 ms.

    Returns:
        The address of the new database.
    """
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with _maintenance(url) as connection:
        connection.execute(statement)
    return urlsplit(url)._replace(path=f"/{quote(name)}").geturl()


def drop_database(url: str, name: str) -> None:
    """Drop the database ``name`` on the server of ``url`` if it is there, together with whoever is connected to it."""
    with _maintenance(url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
