"""Commands of filters."""

from typing import IO
from uuid import UUID

import click
from flask import Blueprint

from app.core.errors import DomainError
from app.extensions import db
from app.moderation.services import hash_lists

bp = Blueprint("filter_commands", __name__, cli_group="filters")


@bp.cli.command("import")
@click.argument("rule_id", type=click.UUID)
@click.argument("file", type=click.File("rb"))
def import_list(rule_id: UUID, file: IO[bytes]) -> None:
    """Add the hashes in FILE, one a line, to the list of the rule RULE_ID. Millions of lines take a minute or two."""
    try:
        done = hash_lists.import_hashes(rule_id, hash_lists.lines_of_file(file), by=None)
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    db.session.commit()
    click.echo(f"{done.added:,} new, {done.known:,} known, {done.bad:,} lines left out.")
