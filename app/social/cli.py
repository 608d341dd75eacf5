"""Commands that hold what was counted against what there is."""

import click
from flask import Blueprint
from flask.cli import with_appcontext

from app.extensions import db
from app.social.services import counting

bp = Blueprint("social_cli", __name__, cli_group=None)


@bp.cli.group("tallies")
def tallies_group() -> None:
    """Look after the counts of likes, reposts, comments, followers and votes."""


@tallies_group.command("check")
@with_appcontext
def tallies_check_command() -> None:
    """Count everything and say which numbers are wrong; exits with 1 where some are. Changes nothing."""
    wrong = 0
    for drift in counting.find_drift():
        click.echo(str(drift))
        wrong += 1
    orphans = counting.find_orphans()
    click.echo(f"{_numbers(wrong)} wrong, {orphans} of things that are gone.")
    raise SystemExit(1 if wrong or orphans else 0)


@tallies_group.command("repair")
@with_appcontext
def tallies_repair_command() -> None:
    """Count everything, put right what is wrong, and say what was changed. People may go on meanwhile; safe to repeat.

    Exits with 1 where a number was held by somebody else all the time.
    """
    orphans = counting.drop_orphans()
    db.session.commit()
    drifted = set()
    for drift in counting.find_drift():
        click.echo(str(drift))
        drifted.add(drift.subject_id)
    db.session.commit()
    repaired = 0
    for counts in counting.repair(drifted):
        db.session.commit()
        counting.tell(counts)
        repaired += len(counts)
    click.echo(f"Counted {repaired} anew, deleted {_numbers(orphans)} of things that are gone.")
    raise SystemExit(1 if drifted else 0)


def _numbers(count: int) -> str:
    return f"{count} number" if count == 1 else f"{count} numbers"
