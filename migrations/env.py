"""How Alembic reaches our tables: through the Flask application's engine and metadata."""

from alembic import context
from flask import current_app

database = current_app.extensions["migrate"].db


def run_migrations() -> None:
    """Run the migrations in one transaction each, on one connection."""
    with database.engine.connect() as connection:
        # A migration that has to wait for a lock gives up before it makes everyone else wait behind it.
        connection.exec_driver_sql("SET lock_timeout = '5s'")
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            transaction_per_migration=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations run on a database; SQL scripts are not written.")
run_migrations()
