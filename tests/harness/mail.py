"""Mail that was sent: as files below the data folder, or to a real SMTP server on this machine."""

import re
from collections.abc import Sequence
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_LINK = re.compile(r"https?://\S+")


def parse(raw: bytes) -> EmailMessage:
    """A message as it went out."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    return message


def plain_text(message: EmailMessage) -> str:
    """What a program without HTML shows."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_path(message: EmailMessage) -> str:
    """The path of the first link in a message."""
    found = _LINK.search(plain_text(message))
    assert found, plain_text(message)
    return urlsplit(found[0]).path


class MailOutbox:
    """``DATA_DIR/mail``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def messages(self) -> Sequence[EmailMessage]:
        """Everything that was sent, oldest first."""
        return [parse(path.read_bytes()) for path in sorted(self.folder.glob("*.eml"))]

    def to(self, address: str) -> Sequence[EmailMessage]:
        """What was sent to ``address``."""
        return [message for message in self.messages if message["To"] == address]


class _Keeper:
    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content: Any = envelope.content
        self.messages.append(parse(content))
        return "250 OK"


class SmtpServer:
    """A mail server that keeps what it is given."""

    def __init__(self, port: int) -> None:
        self._keeper = _Keeper()
        self._controller = Controller(self._keeper, hostname="127.0.0.1", port=port)
        self.url = f"smtp://127.0.0.1:{port}"

    @property
    def messages(self) -> Sequence[EmailMessage]:
        """Everything that it was given, oldest first."""
        return self._keeper.messages

    def start(self) -> None:
        """Listen."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()
