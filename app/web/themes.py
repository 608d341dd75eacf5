"""Light or dark, as chosen in this browser: a cookie that a script of ours writes, and no secret."""

from typing import Final

from flask import Flask, current_app, request

from app.web.security import cookie_name

THEMES: Final = frozenset({"light", "dark"})


def chosen_theme() -> str:
    """What was chosen; "" where the system decides."""
    theme = request.cookies.get(cookie_name(current_app.config["SETTINGS"], "theme"), "")
    return theme if theme in THEMES else ""


def register_themes(app: Flask) -> None:
    """Let layouts ask."""
    app.jinja_env.globals["chosen_theme"] = chosen_theme
