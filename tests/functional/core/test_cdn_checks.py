"""`flask doctor` and a CDN: what it shows, what it must not, and whether anybody purges it."""

import os
from collections.abc import Callable

import pytest
from flask import Flask

from app.core import cdn_checks
from app.core.embedded.ports import free_port
from app.core.findings import Finding, Level
from tests.harness import nginx
from tests.harness.cdn import CdnStandIn

KEY = "a-signing-key"
EDGE = """
daemon off; {user}
pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port};
    root {media};
    location /public/ {{ {cors} }}
    location / {{ {guard} }}
  }}
}}
"""
CORS = 'add_header Access-Control-Allow-Origin "*";'
GUARD = f"""secure_link $arg_md5,$arg_expires; secure_link_md5 "$secure_link_expires$uri {KEY}";
            if ($secure_link = "") {{ return 403; }} if ($secure_link = "0") {{ return 410; }}"""


@pytest.fixture
def examined(
    make_app: Callable[..., Flask], app: Flask, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Finding | None]:
    """``examined(cors=…, guard=…, **settings)``: what is found of a CDN that is set up so."""

    def examine(*, cors: str = CORS, guard: str = GUARD, **settings: str) -> Finding | None:
        folder, port = tmp_path_factory.mktemp("cdn"), free_port()
        media = app.config["SETTINGS"].data_dir / "media"
        user = "user root;" if os.geteuid() == 0 else ""
        text = EDGE.format(folder=folder, port=port, media=media, cors=cors, guard=guard, user=user)
        with nginx.Nginx(folder, text, port) as edge:
            another = make_app(**{"cdn_url": edge.url, "cdn_signing_key": KEY, **settings})
            with another.app_context():
                finding = cdn_checks.check_cdn(another.config["SETTINGS"])
        assert [path for path in media.rglob("*") if "doctor" in path.name] == [], "nothing is left behind"
        return finding

    return examine


@pytest.mark.skipif(nginx.program() is None, reason="NOT RUN: there is no nginx on this machine")
@pytest.mark.parametrize(
    ("how", "level", "says"),
    [
        ({}, Level.OK, "and what is signed"),
        ({"cdn_signing_key": None}, Level.OK, "shows what is open"),
        ({"cors": ""}, Level.FAIL, "Access-Control-Allow-Origin"),
        ({"guard": ""}, Level.FAIL, "without a signature"),
        ({"cdn_signing_key": "another"}, Level.FAIL, "403 to a signed address"),
        ({"cors": "return 500;"}, Level.FAIL, "500"),
        ({"cdn_url": "http://127.0.0.1:1"}, Level.FAIL, "does not answer"),
    ],
)  # fmt: skip
def test_a_cdn_is_looked_at_from_outside(
    examined: Callable[..., Finding | None], how: dict[str, str], level: Level, says: str
) -> None:
    finding = examined(**how)
    assert finding is not None
    assert (finding.level, says in finding.what) == (level, True), finding


def test_whoever_has_a_cdn_needs_somebody_who_purges_it(make_app: Callable[..., Flask]) -> None:
    def look(**settings: str) -> Finding | None:
        app = make_app(**settings)
        with app.app_context():
            return cdn_checks.check_purging(app.config["SETTINGS"])

    with CdnStandIn() as cdn:
        assert look() is None
        missing = look(cdn_url=cdn.url)
        assert missing is not None
        assert missing.level is Level.FAIL
        fine = look(cdn_url=cdn.url, cdn_purge_url=f"{cdn.url}/purge")
        assert fine is not None
        assert fine.level is Level.OK
        assert len(cdn.purged) == 1
        cdn.failing = 100
        refused = look(cdn_url=cdn.url, cdn_purge_url=f"{cdn.url}/purge")
        assert refused is not None
        assert refused.level is Level.FAIL
