"""Static files under addresses that change with their content, so that browsers may keep them for good."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path

from flask import Flask, Response, request, url_for
from markupsafe import Markup

STATIC = Path(__file__).resolve().parents[2] / "static"
VENDOR_MODULES = {
    "htmx": "vendor/htmx.js",
    "hls.js": "vendor/hls.js",
    "socket.io": "vendor/socket.io.js",
    "sortable": "vendor/sortable.js",
    "noble-hashes": "vendor/noble-hashes.js",
}
A_YEAR = 31_536_000


@cache
def _digest(path: str) -> str:
    file = STATIC / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "missing"


def asset(path: str) -> str:
    """The address of a static file, with its content's digest in the query."""
    return url_for("static", filename=path, v=_digest(path))


@cache
def import_map() -> Markup:
    """The one import map: every module of ours and every vendored one, by bare name."""
    modules = {name: path for name, path in VENDOR_MODULES.items() if (STATIC / path).is_file()}
    for folder in ("behaviours", "lib"):
        for file in sorted((STATIC / "js" / folder).glob("*.js")):
            modules[f"{folder}/{file.stem}"] = f"js/{folder}/{file.name}"
    imports = {name: f"/static/{path}?v={_digest(path)}" for name, path in modules.items()}
    return Markup(json.dumps({"imports": imports}, separators=(",", ":"), sort_keys=True))  # noqa: S704 - names of our own files


@cache
def import_map_hash() -> str:
    """What the content security policy calls the import map by: its SHA-256 in base64."""
    return base64.b64encode(hashlib.sha256(import_map().encode()).digest()).decode()


def forget_assets() -> None:
    """Read the files again, for development."""
    for cached in (_digest, import_map, import_map_hash):
        cached.cache_clear()


def register_assets(app: Flask) -> None:
    """Give templates ``asset`` and ``import_map``, and let browsers keep what has a digest in its address."""
    app.jinja_env.globals.update(asset=asset, import_map=import_map)

    @app.after_request
    def cache_static(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in {200, 206, 304}:
            kept = "v" in request.args or request.path.startswith("/static/vendor/fonts/")
            response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable" if kept else "no-cache"
        return response
