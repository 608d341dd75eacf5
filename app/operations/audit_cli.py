"""``flask audit``: verify the log, sign its head, write it out, and put it under a new secret."""

from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Blueprint
from flask.cli import with_appcontext

from app.accounts.services import authenticators
from app.core import audit
from app.core.audit import anchors, checking, exporting, rewrapping
from app.extensions import db

bp = Blueprint("audit_cli", __name__, cli_group="audit")
bp.cli.help = "Verify, sign and export the audit log."


class Moment(click.ParamType[datetime]):
    """A day or a moment; without an offset it is in UTC."""

    name = "time"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """As ISO 8601 writes it."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is none: write it like 2026-01-31 or 2026-01-31T12:00:00+01:00.", param, ctx)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


class PublicKey(click.ParamType[bytes]):
    """A public key, as ``flask audit key`` prints it."""

    name = "key"

    def convert(self, value: str | bytes, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """From hexadecimal digits."""
        try:
            key = value if isinstance(value, bytes) else bytes.fromhex(value)
        except ValueError:
            key = b""
        if len(key) != 32:
            self.fail("this is no key: it has 64 hexadecimal digits.", param, ctx)
        return key


@bp.cli.command("verify")
@click.option("--anchors", "folders", type=click.Path(path_type=Path, exists=True, file_okay=False), multiple=True)
@click.option("--key", "keys", type=PublicKey(), multiple=True, help="A public key of before that signed anchors, too.")
@with_appcontext
def verify_command(folders: tuple[Path, ...], keys: tuple[bytes, ...]) -> None:
    """Walk along the whole log; exits with 1 where anything was changed, added, moved or taken away.

    It is held against the anchors of this machine, and against those in the folders given with --anchors.
    """
    verdict = checking.verify_with([anchors.folder(), *folders], keys, rows=True)
    for fault in verdict.faults:
        click.echo(f"{fault.number}: {fault.sentence}")
    against = f"held against {verdict.anchors} anchors"
    if not verdict.is_whole:
        raise click.ClickException(f"The log was touched: {len(verdict.faults)} faults ({against}).")
    click.echo(f"The log is whole: {verdict.entries} entries, {against}.")


@bp.cli.command("anchor")
@with_appcontext
def anchor_command() -> None:
    """Sign the end of the log now, and write it to the folder of anchors; prints it."""
    try:
        anchor = anchors.anchor_head()
    except anchors.HeadRefused as refusal:
        raise click.ClickException(f"Nothing was signed: {refusal}. Run `flask audit verify`.") from refusal
    db.session.commit()
    click.echo(anchor.write() if anchor is not None else "Nothing was added since the last anchor.")


@bp.cli.command("key")
@with_appcontext
def key_command() -> None:
    """Print the public key with which anchors are checked (Ed25519, 32 bytes, hexadecimal)."""
    click.echo(anchors.public_key().hex())


@bp.cli.command("export")
@click.option("--since", type=Moment(), help="From this time on.")
@click.option("--until", type=Moment(), help="Before this time.")
@click.option("--format", "shape", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@with_appcontext
def export_command(since: datetime | None, until: datetime | None, shape: str) -> None:
    """Write the log to standard output, with the digests. What is sealed stays sealed."""
    audit.record("audit.exported", actor=None, facts={"format": shape, "since": _iso(since), "until": _iso(until)})
    db.session.commit()
    write = exporting.export_jsonl if shape == "jsonl" else exporting.export_csv
    for line in write(since, until):
        click.echo(line, nl=False)


@bp.cli.command("rewrap")
@click.option("--lost", is_flag=True, help="The old secret is lost: what it sealed is given up.")
@click.option("--old-secret", envvar="OLD_SECRET_KEY", help="Better in OLD_SECRET_KEY; else it is asked for.")
@with_appcontext
def rewrap_command(lost: bool, old_secret: str | None) -> None:  # noqa: FBT001 - click's flag
    """After SECRET_KEY was changed: put the log, and what authenticator apps share with us, under the new one.

    Stop the web and the workers before.
    """
    apps = 0
    if lost:
        click.confirm("What the log says about people so far will be unreadable for good. Go on?", abort=True)
        done = rewrapping.give_up_old_secret()
    else:
        secret = old_secret or click.prompt("The SECRET_KEY of before", hide_input=True)
        try:
            done = rewrapping.rewrap(secret)
            apps = authenticators.reseal_secrets(secret)
        except rewrapping.ChainDoubtful as doubt:
            raise click.ClickException(f"Nothing was changed: {doubt}.") from doubt
    db.session.commit()
    if apps:
        click.echo(f"{apps} authenticator apps go on as before.")
    gone = f", {done.lost} keys of people are lost" if done.lost else ""
    click.echo(f"{done.entries} entries and {done.keys} keys are under the present SECRET_KEY{gone}.")
    click.echo(f"Anchors are signed by {anchors.public_key().hex()} from now on.")


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""
