"""``flask notifications``: the key of Web Push, and what waits to be sent."""

import base64

import click
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Blueprint
from sqlalchemy import text

from app.extensions import db

bp = Blueprint("notifications_cli", __name__, cli_group="notifications")

_WAITING = {
    "fan-outs that are not finished": "SELECT count(*) FROM fan_outs WHERE finished_at IS NULL",
    "notifications that wait for a mail at once": "SELECT count(*) FROM notifications WHERE mail_state = 'at_once'",
    "notifications that wait for a digest": "SELECT count(*) FROM notifications WHERE mail_state = 'digest'",
    "people whose mail the server did not take": "SELECT count(*) FROM notification_mailings WHERE failures > 0",
    "pushes that wait": "SELECT count(*) FROM push_deliveries WHERE done_at IS NULL",
    "browsers that are pushed to": "SELECT count(*) FROM push_subscriptions",
}


@bp.cli.command("vapid")
def vapid() -> None:
    """Print a new key for VAPID_PRIVATE_KEY. Browsers that subscribed under another one have to do so again."""
    value = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    click.echo(base64.urlsafe_b64encode(value.to_bytes(32)).decode().rstrip("="))


@bp.cli.command("waiting")
def waiting() -> None:
    """Say how much is to be told, mailed and pushed."""
    for what, question in _WAITING.items():
        click.echo(f"{db.session.scalar(text(question)):>9,}  {what}")
