"""Mail: over SMTP where ``SMTP_URL`` is set, else as files in ``DATA_DIR/mail`` for a person to open."""

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import parse_qs, unquote, urlsplit

from flask import current_app

from app.core.clock import now
from config import Settings

TIMEOUT_SECONDS = 20


def send_mail(
    *, to: str, subject: str, text: str, html: str | None = None, headers: Mapping[str, str] | None = None
) -> None:
    """Send one message to one person, with further ``headers`` or others than the usual ones. Blocks: call it in a job.

    Raises:
        OSError, smtplib.SMTPException: the server does not answer or refuses; the job is tried again.
    """
    settings: Settings = current_app.config["SETTINGS"]
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, to, subject
    message["Date"], message["Message-ID"] = (
        formatdate(localtime=False),
        make_msgid(domain=urlsplit(settings.public_url).hostname),
    )
    message["Auto-Submitted"] = "auto-generated"
    for name, value in (headers or {}).items():
        del message[name]
        message[name] = value
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    if settings.smtp_url:
        with connect_to(settings.smtp_url) as server:
            server.send_message(message)
    else:
        _write_to_disk(settings, message)


def connect_to(url: str) -> smtplib.SMTP:
    """A session with the server at ``smtp://user:password@host:587?starttls=1`` or ``smtps://…:465``, let in.

    Raises:
        OSError, smtplib.SMTPException: it does not answer or refuses.
    """
    parts = urlsplit(url)
    host, wants_tls = parts.hostname or "localhost", "starttls" in parse_qs(parts.query)
    server = (
        smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        if parts.scheme == "smtps"
        else smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)
    )
    try:
        if wants_tls:
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _write_to_disk(settings: Settings, message: EmailMessage) -> None:
    folder = settings.data_dir / "mail"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{now():%Y%m%dT%H%M%S.%f}.eml"
    path.write_bytes(bytes(message))
    path.chmod(0o600)
