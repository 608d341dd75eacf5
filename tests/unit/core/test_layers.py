"""What import-linter cannot see: which names of flask a module takes.

Below views nothing knows of a request, so that jobs and commands can call everything there; ``current_app`` is allowed,
because jobs have one too.
"""

import ast
from pathlib import Path

import pytest

from config import ROOT

OF_A_REQUEST = {"request", "session", "g", "current_user", "flash", "redirect", "abort", "make_response"}
EDGES = ("views.py", "_views.py", "sockets.py", "cli.py")
EDGE_FILES = {
    "accounts/guard.py",  # who stands at the doors: the device's cookie and the traffic are its subject
    "accounts/login.py",  # who is asking: the cookie is its subject
    "accounts/begun.py",  # a browser's half of what was begun: its cookies are its subject
    "accounts/roles.py",  # the guard that views wear
    "accounts/step_up.py",  # likewise
    "admin/desk.py",  # what the desk's pages share
    "core/screening.py",  # what it has to say is kept for the end of the request; jobs have a context for it, too
    "extensions.py",  # whose budget a request takes from
    "media/by_link.py",  # which browser came by a link: a cookie is its subject
    "moderation/guards.py",  # whether a request is let in
    "playlists/opening.py",  # what the views of a set share
    "site/age.py",  # what the views share that ask for an age
    "site/frames.py",  # what the tabs of a person's page share
    "studio/edit_page.py",  # what the views of one page share
}
FILES = sorted(path.relative_to(ROOT / "app").as_posix() for path in (ROOT / "app").rglob("*.py"))


def taken(path: Path) -> set[str]:
    """What a module imports from flask and Flask-Login by name."""
    return {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module in {"flask", "flask_login"}
        for alias in node.names
    }


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("web/")])
def test_nothing_below_views_knows_of_a_request(name: str) -> None:
    if name.endswith(EDGES) or name in EDGE_FILES:
        return
    assert taken(ROOT / "app" / name) & OF_A_REQUEST == set()


@pytest.mark.parametrize("name", [name for name in FILES if "/services/" in name])
def test_a_service_never_commits(name: str) -> None:
    calls = [node for node in ast.walk(ast.parse((ROOT / "app" / name).read_text())) if isinstance(node, ast.Call)]
    assert "db.session.commit" not in {ast.unparse(call.func) for call in calls}
