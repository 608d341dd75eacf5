"""What makes the site an app on a telephone: its manifest, and the worker that receives pushes."""

from flask import Blueprint, Response, jsonify

from app.web.assets import STATIC, asset

bp = Blueprint("installable", __name__)


@bp.get("/service-worker.js")
def service_worker() -> Response:
    """The worker. It lies at the root so that all pages are its own, and browsers ask for it anew every time."""
    script = (STATIC / "js" / "service-worker.js").read_text()
    response = Response(script, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """Name, colours and icon for a home screen."""
    response = jsonify(
        name="Soundstage",
        short_name="Soundstage",
        description="Music, film and voices by the people who make them.",
        start_url="/",
        scope="/",
        display="standalone",
        background_color="#120f18",
        theme_color="#120f18",
        icons=[{"src": asset("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
