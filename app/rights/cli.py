"""Commands of rights: archives, how long things are kept, the house's texts."""

from pathlib import Path
from typing import IO

import click
from flask import Blueprint
from flask.cli import with_appcontext

from app.accounts.consent_models import TextKind
from app.accounts.services import consents
from app.core.errors import DomainError
from app.extensions import db
from app.rights import retention
from app.rights.importing import Importer

bp = Blueprint("rights_cli", __name__, cli_group=None)


@bp.cli.group("people")
def people_group() -> None:
    """People's data: archives taken in, and how long things are kept."""


@people_group.command("import")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def import_command(archive: Path) -> None:
    """Take in an ARCHIVE that somebody exported from a Soundstage. Safe to repeat: what is there is passed over."""
    try:
        importer = Importer(archive)
        user = importer.run(click.echo)
    except DomainError as error:
        db.session.rollback()
        raise click.ClickException(error.sentence) from error
    made = ", ".join(f"{count} {what}" for what, count in sorted(importer.made.items())) or "nothing"
    click.echo(f"@{user.username} is here: {made}.")
    for what, count in sorted(importer.left_out.items()):
        click.echo(f"Left out: {count} × {what}")
    click.echo("A mail with a link to set a password is on its way, where the account is new.")


@people_group.command("retention")
@click.option("--dry-run", is_flag=True, help="Only count.")
@with_appcontext
def retention_command(*, dry_run: bool) -> None:
    """Let go what is kept longer than the settings say."""
    counted = retention.count_over() if dry_run else retention.obey()
    for span in retention.SPANS:
        click.echo(f"{counted[span.name]:>9,}  {span.label} ({span.words})")
    click.echo("Nothing was changed." if dry_run else "Done.")


@bp.cli.group("texts")
def texts_group() -> None:
    """The terms and the privacy notice."""


@texts_group.command("publish")
@click.argument("kind", type=click.Choice([kind.value for kind in TextKind]))
@click.argument("file", type=click.File(encoding="utf-8"))
@with_appcontext
def texts_publish_command(kind: str, file: IO[str]) -> None:
    """Let the Markdown in FILE be the new version of KIND, from now on."""
    try:
        words = consents.publish_text(TextKind(kind), file.read(), None)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    click.echo(f"Version {words.number} of {kind} holds now.")
