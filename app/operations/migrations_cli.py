"""``flask db``: Flask-Migrate's commands, loaded when one of them is used: Alembic takes 45 MB in any process."""

from typing import cast

import click
from flask import Flask, current_app, g

from app.extensions import db
from config import ROOT


class MigrationCommands(click.Group):
    """Stands in for Flask-Migrate's group until somebody asks for a command of it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """What Flask-Migrate offers."""
        return _commands().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Flask-Migrate's command of this name."""
        g.directory, g.x_arg = None, []  # what the options of Flask-Migrate's own group would have set
        return _commands().get_command(ctx, cmd_name)


def register_migrations(app: Flask) -> None:
    """Hang ``flask db`` on ``app``."""
    app.cli.add_command(MigrationCommands(name="db", help="Bring the database to the code's state, and back."))


def bind_migrations(app: Flask) -> None:
    """Tell Flask-Migrate of ``app``, for those who call its functions."""
    from flask_migrate import Migrate  # noqa: PLC0415 - see the module's first line

    folder = str(ROOT / "migrations").replace("%", "%%")  # Alembic reads it through a ConfigParser
    Migrate(app, db, directory=folder, compare_type=True)


def _commands() -> click.Group:
    from flask_migrate.cli import db as commands  # noqa: PLC0415 - as above

    if "migrate" not in current_app.extensions:
        bind_migrations(cast("Flask", current_app._get_current_object()))  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way
    return cast("click.Group", commands)
