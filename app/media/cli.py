"""``flask media``: is everything there, what can go, and make it anew. Each may be cut at any point and run again."""

from datetime import timedelta

import click
from flask import Blueprint, current_app
from flask.cli import with_appcontext

from app.extensions import db
from app.media.models import LADDER
from app.media.upkeep import remakes, verifying
from app.media.upkeep.verifying import SAFE_AGE
from app.web.filters import filesize
from config import Settings

bp = Blueprint("media_cli", __name__, cli_group="media")
bp.cli.help = "Look after what media are made of."

SAFE_HOURS = SAFE_AGE.total_seconds() / 3600
older_than = click.option(
    "--older-than",
    "hours",
    type=click.FloatRange(min=0),
    default=SAFE_HOURS,
    show_default=True,
    metavar="HOURS",
    help="How old something without a row must be to be nobody's. Less is safe only while nothing is stored.",
)


@bp.cli.command("verify")
@click.option("--deep", is_flag=True, help="Read everything once more and compare digests: takes long.")
@click.option("--medium", "public_id", metavar="ID", help="Only the files of the medium with this public id.")
@older_than
@with_appcontext
def verify_command(*, deep: bool, public_id: str | None, hours: float) -> None:
    """Say what is missing, broken or nobody's, whose it is and what to do; exits with 1 where there is anything."""
    if public_id:
        found = verifying.find_troubles_of(public_id, deep=deep)
    else:
        found = verifying.find_troubles(older_than=timedelta(hours=hours), deep=deep)
    troubles = 0
    for trouble in found:
        troubles += 1
        click.echo(f"{trouble.owner}: {trouble.key}: {trouble.what} {trouble.advice}")
    click.echo(f"{troubles} troubles." if troubles else "Everything is there and whole, and nothing else is.")
    raise SystemExit(1 if troubles else 0)


@bp.cli.command("prune")
@click.option("--yes", is_flag=True, help="Delete it. Without this, say only what would go.")
@click.option("--dry-run", is_flag=True, help="Say only what would go; this is what happens without --yes.")
@older_than
@with_appcontext
def prune_command(*, yes: bool, dry_run: bool, hours: float) -> None:
    """Delete what no row names and nobody waits for: leftovers of killed workers, second copies, forgotten pictures."""
    age = timedelta(hours=hours)
    for_good = yes and not dry_run
    count = size_bytes = 0
    for orphan in verifying.prune(older_than=age) if for_good else verifying.find_orphans(older_than=age):
        count, size_bytes = count + 1, size_bytes + orphan.size_bytes
        click.echo(f"{orphan.key} ({filesize(orphan.size_bytes)}, since {orphan.since:%Y-%m-%d %H:%M}): {orphan.what}")
    click.echo(f"{count} {'deleted' if for_good else 'would be deleted'}, {filesize(size_bytes)}.")
    if count and not for_good:
        click.echo("flask media prune --yes deletes them.")


@bp.cli.command("reprocess")
@click.option("--all", "everything", is_flag=True, help="Everything that plays.")
@click.option("--medium", "public_ids", metavar="ID", multiple=True, help="A medium, by its public id; more than once.")
@click.option("--older-than-ladder", is_flag=True, help="What was made by an older ladder than the present one.")
@click.option("--cancel", is_flag=True, help="Forget what waits and has not begun.")
@with_appcontext
def reprocess_command(*, everything: bool, public_ids: tuple[str, ...], older_than_ladder: bool, cancel: bool) -> None:
    """Have media made anew from their originals, a few at a time; what is there plays until the new is whole.

    Without an option it says how far that is.
    """
    if sum((everything, bool(public_ids), older_than_ladder, cancel)) > 1:
        raise click.UsageError("One of --all, --medium, --older-than-ladder and --cancel, please.")
    if cancel:
        click.echo(f"{remakes.take_back_wishes()} will not be made anew.")
        db.session.commit()
    elif everything or public_ids or older_than_ladder:
        asked = sum(
            remakes.ask_for_remakes(public_ids=public_ids or None, below_ladder=LADDER if older_than_ladder else None)
        )
        click.echo(f"{asked} will be made anew.")
        if public_ids and asked < len(set(public_ids)):
            click.echo("The others wait already, are not there, do not play, or have a newer file that is not whole.")
    settings: Settings = current_app.config["SETTINGS"]
    progress = remakes.find_progress()
    click.echo(
        f"{progress.waiting} wait, {progress.making} are being made (at most {settings.remakes_at_once} at once), "
        f"{progress.failed} failed and play as before."
    )
    for public_id, sentence in remakes.list_failed():
        click.echo(f"{public_id}: {sentence}")
