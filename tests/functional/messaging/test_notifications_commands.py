"""``flask notifications``."""

import base64

from flask import Flask


def test_a_key_for_vapid_is_what_the_settings_take(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["notifications", "vapid"])
    assert result.exit_code == 0
    assert len(base64.urlsafe_b64decode(result.output.strip() + "=")) == 32


def test_what_waits_is_said(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["notifications", "waiting"])
    assert result.exit_code == 0
    assert "0  pushes that wait" in result.output
