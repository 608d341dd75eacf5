"""Headers that browsers obey: the content security policy and its companions. Cookie names by scheme."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from app.web.assets import import_map_hash
from config import Settings

PLAIN_BODY_BYTES: Final = 2 * 1024 * 1024
STAYS_ON_TLS: Final = "max-age=31536000; includeSubDomains"
OF_ONE_PERSON: Final = re.compile(
    r"/(?:settings|messages|admin|feed|library|notifications|studio|uploads?|people|login/confirm|login/factor"
    r"|signup/with|sets/new|sets/invitations|posts/new)(?:/|$)"
    r"|/(?:sets|posts|comments|media)/[^/]+/(?:edit|editors|changes|presence|later|sets|answer)$"
)
"""Pages that no browser keeps, either: whoever sits down after a log-out finds nothing of them.

All that strangers are asked to log in for (``tests/functional/web/test_headers.py`` holds it against the matrix).
"""
EMBEDDED_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
PERMISSIONS = f"{EMBEDDED_PERMISSIONS}, fullscreen=(self), autoplay=(self), picture-in-picture=(self)"


def content_security_policy(settings: Settings, *, framable: bool) -> str:
    """The policy for a page. Only embeds may be framed; media may come from the bucket or the CDN."""
    public = urlsplit(settings.public_url)
    socket = f"{'wss' if settings.is_https else 'ws'}://{public.netloc}"
    bucket = f" {_origin(settings.s3_endpoint_url)}" if settings.s3_endpoint_url else ""
    if settings.s3_bucket and not settings.s3_endpoint_url:
        bucket = " https://*.amazonaws.com"
    if settings.cdn_url:
        bucket += f" {_origin(settings.cdn_url)}"
    rules = {
        "default-src": "'none'",
        "script-src": f"'self' 'sha256-{import_map_hash()}'",
        "style-src": "'self'",
        "img-src": f"'self' data: blob:{bucket}",
        "media-src": f"'self' blob:{bucket}",
        "font-src": "'self'",
        "connect-src": f"'self' {socket}{bucket}",
        "worker-src": "'self' blob:",
        "frame-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": " ".join(["'self'", *sorted({_origin(one.issuer) for one in settings.openid_providers})]),
        "frame-ancestors": "*" if framable else "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def allow_sources(sources: Mapping[str, str]) -> None:
    """Let the page that is being answered load from further places: directive of the policy → origins, by spaces."""
    g.further_sources = {**g.get("further_sources", {}), **sources}


def _widened(policy: str, further: Mapping[str, str]) -> str:
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for name, origins in further.items():
        rules[name] = f"{rules[name]} {origins}"
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def allow_framing() -> None:
    """Let other sites put the page that is being answered into a frame: embeds call this, nothing else."""
    g.framable = True


def clear_browsers_cache() -> None:
    """Let the browser drop what it keeps of our pages: who was logged in here is not any more.

    The cache and nothing else: "storage" would take along how loud one likes it, and end pushes for good.
    """
    g.clears_cache = True


def cookie_name(settings: Settings, name: str) -> str:
    """The name of a cookie: bound to this host and TLS by its prefix where there is TLS."""
    return f"__Host-{name}" if settings.is_https else name


def register_body_limits(app: Flask) -> None:
    """Refuse forms and JSON of more than a few megabytes. Call it before anything else reads a body.

    Werkzeug's limit on form fields holds for multipart alone; other forms are read whole, up to what files may have.
    """

    @app.before_request
    def limit_plain_bodies() -> None:
        if request.mimetype in {"application/x-www-form-urlencoded", "application/json"}:
            request.max_content_length = PLAIN_BODY_BYTES


def register_security_headers(app: Flask, settings: Settings) -> None:
    """Send the headers with every answer of ``app``."""
    policies = {framable: content_security_policy(settings, framable=framable) for framable in (False, True)}

    @app.after_request
    def add_headers(response: Response) -> Response:
        framable = g.get("framable", False)
        headers = response.headers
        further = g.get("further_sources", {})
        headers.setdefault(
            "Content-Security-Policy", _widened(policies[framable], further) if further else policies[framable]
        )
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        headers.setdefault("Permissions-Policy", EMBEDDED_PERMISSIONS if framable else PERMISSIONS)
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if framable else "same-origin")
        if not framable:
            headers.setdefault("X-Frame-Options", "DENY")
        if g.get("clears_cache"):
            headers["Clear-Site-Data"] = '"cache"'
        if settings.is_https:
            headers.setdefault("Strict-Transport-Security", STAYS_ON_TLS)
        if "Cache-Control" not in headers and request.endpoint not in {"static", "stylesheet"}:
            # A page shows who is logged in: shared caches must not keep it, and the browser asks again.
            is_secret = OF_ONE_PERSON.match(request.path)
            headers["Cache-Control"] = "private, no-store" if is_secret else "private, no-cache"
        return response
