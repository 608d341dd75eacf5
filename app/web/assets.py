"""Static files under addresses that change with their content, so that browsers may keep them for good."""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from flask import Flask, Response, request
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
CSS = STATIC / "css"
_IMPORT = re.compile(r'@import url\("([^"]+)"\)(?: layer\((\w+)\))?;')
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|/\*.*?\*/', re.DOTALL)
"""A string, which is kept, or a comment. The known minifiers for Python also drop spaces that ``a :is(b)`` needs."""
_URL = re.compile(r'url\("?([^")]+)"?\)')


@cache
def _digest(path: str) -> str:
    file = STATIC / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "missing"


@cache
def asset(path: str) -> str:
    """The address of a static file, with its content's digest in the query. Pages ask some fifty times."""
    return f"/static/{path}?v={_digest(path)}"


@cache
def flat_stylesheet() -> bytes:
    """The stylesheets that ``css/app.css`` lists as one, in their layers, without comments: one request, not thirty."""

    def included(match: re.Match[str]) -> str:
        path = CSS / match[1]
        body = _URL.sub(lambda url: f'url("{_absolute(path, url[1])}")', path.read_text())
        return f"@layer {match[2]} {{\n{body}\n}}" if match[2] else body

    css = _IMPORT.sub(included, (CSS / "app.css").read_text())
    css = _COMMENT.sub(lambda match: match[1] or "", css)
    return "\n".join(line for raw in css.splitlines() if (line := raw.strip())).encode()


def stylesheet() -> str:
    """The address of the one stylesheet."""
    return f"/assets/app.css?v={hashlib.sha256(flat_stylesheet()).hexdigest()[:12]}"


def _absolute(stylesheet_path: Path, url: str) -> str:
    """A relative ``url()`` as an address of ours; anything with a scheme stays."""
    if ":" in url or url.startswith(("/", "#")):
        return url
    return "/static/" + (stylesheet_path.parent / url).resolve().relative_to(STATIC).as_posix()


@cache
def import_map() -> Markup:
    """The one import map: every module of ours and every vendored one, by bare name."""
    modules = {name: path for name, path in VENDOR_MODULES.items() if (STATIC / path).is_file()}
    for folder in ("behaviours", "lib"):
        for file in sorted((STATIC / "js" / folder).glob("*.js")):
            modules[f"{folder}/{file.stem}"] = f"js/{folder}/{file.name}"
    imports = {name: f"/static/{path}?v={_digest(path)}" for name, path in modules.items()}
    return Markup(json.dumps({"imports": imports}, separators=(",", ":"), sort_keys=True))  # noqa: S704 - names of our own files  # nosec B704


@cache
def import_map_hash() -> str:
    """What the content security policy calls the import map by: its SHA-256 in base64."""
    return base64.b64encode(hashlib.sha256(import_map().encode()).digest()).decode()


def forget_assets() -> None:
    """Read the files again, for development."""
    for cached in (_digest, asset, flat_stylesheet, import_map, import_map_hash):
        cached.cache_clear()


def register_assets(app: Flask) -> None:
    """Give templates ``asset`` and its kin, and let browsers keep what has a digest in its address."""
    constants: dict[str, Markup] = {}

    def constant(template: str) -> Markup:
        """A part of every page that is the same for everyone, rendered once in the life of this process."""
        if template not in constants or app.config["SETTINGS"].development:
            constants[template] = Markup(app.jinja_env.get_template(template).render())  # noqa: S704 - our own template  # nosec B704
        return constants[template]

    app.jinja_env.globals.update(asset=asset, constant=constant, import_map=import_map, stylesheet=stylesheet)

    @app.get("/assets/app.css", endpoint="stylesheet")
    def flat() -> Response:
        return Response(flat_stylesheet(), mimetype="text/css")

    @app.after_request
    def cache_static(response: Response) -> Response:
        if request.endpoint in {"static", "stylesheet"} and response.status_code in {200, 206, 304}:
            kept = "v" in request.args or request.path.startswith("/static/vendor/fonts/")
            response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable" if kept else "no-cache"
        return response
