"""SQL statements a page, counted where the database is asked; what processes share is shared here too."""

import re

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app import create_app
from bench.report import Report
from bench.site import Site
from config import load_settings

MOST = 8


def measure(report: Report, site: Site) -> None:
    """Ask for each page twice in this process, and count what the second time takes."""
    app = create_app(load_settings(site.environment))
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        home = app.test_client().get("/", base_url=site.url).text
        medium = re.search(r'href="(/@[^"/]+/[^"/]+)"', home)
        assert medium is not None, "the home page shows no medium"
        artist = medium[1].rsplit("/", 1)[0]
        for what, path in (("home", "/"), ("realm", "/music"), ("search", "/search?q=harbour"), ("artist", artist),
                           ("medium", medium[1])):  # fmt: skip
            count = _count(app, site, path, seen)
            report.add(f"statements: {what}, a stranger's", str(count), budget=f"≤ {MOST}", met=count <= MOST)
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _count(app: Flask, site: Site, path: str, seen: list[str]) -> int:
    """The statements of one page that nobody has just asked for, with the realms known."""
    browser = app.test_client()
    browser.get(path, base_url=site.url)
    app.extensions.pop("front_pages", None)
    shared = app.extensions.get("shared", {})
    app.extensions["shared"] = {"realms": shared["realms"]} if "realms" in shared else {}
    seen.clear()
    answer = browser.get(path, base_url=site.url)
    assert answer.status_code == 200, path
    return len(seen)
