"""``flask demo``: content to look at, and tables full enough to measure."""

from typing import Final

import click
from flask import Blueprint, current_app
from flask.cli import with_appcontext

from app.core.queue import DEFAULT, ring

COUNT_DAYS: Final = "app.operations.numbers.count_days"
"""What counts the people of today for the dashboard: it did so last when nobody was there yet."""

bp = Blueprint("demo_cli", __name__, cli_group="demo")


@bp.cli.command("seed")
@with_appcontext
def seed_command() -> None:
    """Bring in the demo's artists and their works, and wait until everything plays."""
    from app.demo import seed  # noqa: PLC0415 - rendering needs libraries that no other process should carry

    seed.seed(current_app.config["SETTINGS"], click.echo)
    ring(DEFAULT, COUNT_DAYS)


@bp.cli.command("accounts")
@with_appcontext
def accounts_command() -> None:
    """Print what the demo's people log in with."""
    from app.demo import seed  # noqa: PLC0415 - as above

    for one in seed.sign_ins(current_app.config["SETTINGS"]):
        click.echo(f"{one.role:10} {one.email:34} {one.password}")


@bp.cli.command("generate")
@click.option("--people", default=1000, show_default=True, type=click.IntRange(1), help="How many people.")
@click.option("--media", default=10_000, show_default=True, type=click.IntRange(1), help="How many media.")
@click.option("--seed", "random_seed", default=1, show_default=True, help="The same seed makes the same community.")
@with_appcontext
def generate_command(people: int, media: int, random_seed: int) -> None:
    """Fill the tables with a believable community, without files to play: for looking at lists and for measuring."""
    from app.demo import generate  # noqa: PLC0415 - as above

    seconds = generate.generate(people=people, media=media, random_seed=random_seed)
    click.echo(f"{people} people and {media} media in {seconds:.1f} s.")
