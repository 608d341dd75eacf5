"""Commands of filters."""

from typing import IO
from uuid import UUID

import click
from flask import Blueprint

from app.core.errors import DomainError
from app.extensions import db
from app.moderation import filter_rescans
from app.moderation.filter_models import FilterRescan, TrialState
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


@bp.cli.command("rescan")
@click.argument("rule_id", type=click.UUID)
def rescan(rule_id: UUID) -> None:
    """Look through all pictures or files by the list of the rule RULE_ID. What it finds is held as if it came today."""
    try:
        rescan_id = filter_rescans.ask(rule_id, by=None).id
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    db.session.commit()
    one = db.session.get(FilterRescan, rescan_id)
    while one is not None and one.state is TrialState.WAITING and filter_rescans.go_on():
        one = db.session.get(FilterRescan, rescan_id, populate_existing=True)
        if one is not None:
            click.echo(f"{one.looked:,} looked at, {one.found:,} found, {one.skipped:,} could not be read.")
