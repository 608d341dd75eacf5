"""No words of people become headers of a mail."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask

from app.core.mail import send_mail


@pytest.mark.parametrize("where", ["to", "subject", "header"])
@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r"])
def test_a_line_break_in_a_header_sends_nothing(tmp_path: Path, where: str, line_break: str) -> None:
    app = Flask(__name__)
    app.config["SETTINGS"] = SimpleNamespace(
        mail_from="a@example.org", public_url="https://sound.example", smtp_url=None, data_dir=tmp_path
    )
    hostile = f"x@example.org{line_break}Bcc: everyone@example.org"
    said = {"to": "x@example.org", "subject": "Hello", "text": "Hello"}
    headers = {"List-Unsubscribe": hostile} if where == "header" else None
    if where != "header":
        said[where] = hostile
    with app.app_context(), pytest.raises(ValueError, match=r"[Hh]eader|linefeed|newline"):
        send_mail(**said, headers=headers)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
