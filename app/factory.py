"""The factory: puts settings, extensions, doors and reactions together into one application."""

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from app import wiring
from app.accounts.login import register_login
from app.core.cdn import init_cdn
from app.core.live import CHANNEL, SocketManager
from app.core.places import init_places
from app.core.storage import init_storage
from app.extensions import compress, csrf, db, limiter, socketio
from app.media.engine.pictures import make_picture
from app.web.assets import register_assets
from app.web.bodies import register_readable_json
from app.web.errors import register_error_pages
from app.web.filters import register_filters
from app.web.hosts import OnlyOurHosts
from app.web.logs import configure_logs, register_request_logs
from app.web.notices import register_notices
from app.web.security import PLAIN_BODY_BYTES, register_body_limits, register_security_headers
from app.web.themes import register_themes
from app.web.turnstile import Turnstile
from app.web.wire import MESSAGE_BYTES, bound_wires
from config import ROOT, Settings

FORM_BYTES = 42 * 1024 * 1024  # a post with four pictures
COMPRESSED = [
    "text/html", "text/css", "text/javascript", "text/vtt", "application/json", "image/svg+xml",
    "application/vnd.apple.mpegurl", "application/rss+xml", "application/xml", "text/xml",
]  # fmt: skip


def assemble(settings: Settings) -> Flask:
    """The application for ``settings``. Opens no connection."""
    app = Flask("app", static_folder=str(ROOT / "static"), template_folder=str(ROOT / "templates"))
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # What a statement was given stays out of the errors that it raises, and so out of the logs.
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 8, "max_overflow": 0, "pool_timeout": 10, "hide_parameters": True},
        MAX_CONTENT_LENGTH=FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=PLAIN_BODY_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=settings.redis_url,
        RATELIMIT_KEY_PREFIX="limits",
        RATELIMIT_ENABLED=not settings.testing,
        TESTING=settings.testing,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=5,
        COMPRESS_MIMETYPES=COMPRESSED,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    configure_logs(settings)
    db.init_app(app)
    register_body_limits(app)
    register_readable_json(app)
    csrf.init_app(app)
    if not settings.accel_redirect:
        compress.init_app(app)
    limiter.init_app(app)
    init_storage(app, settings)
    init_cdn(app, settings)
    init_places(app, settings)
    register_login(app, settings)
    socketio.init_app(
        app,
        async_mode="gevent" if not settings.testing else "threading",
        transports=["websocket"],
        client_manager=SocketManager(settings.redis_url, channel=CHANNEL),
        cors_allowed_origins=None,
        max_http_buffer_size=MESSAGE_BYTES,
        async_handlers=False,  # one event of a client at a time: a socket has one connection to the database at most
    )
    if not settings.testing:
        bound_wires(socketio.server.eio)
    register_request_logs(app)
    register_filters(app)
    register_assets(app)
    register_themes(app)
    register_error_pages(app)
    register_notices(app)
    register_security_headers(app, settings)
    app.extensions["picture_maker"] = make_picture
    wiring.register(app, settings)
    _put_in_front(app, settings)
    return app


def _put_in_front(app: Flask, settings: Settings) -> None:
    """What a request passes before it is a page's or a socket's: whose it is, and whether there are too many."""
    app.wsgi_app = Turnstile(app.wsgi_app, settings.sockets_per_address)  # type: ignore[method-assign]  # as Flask's manual has it
    app.wsgi_app = OnlyOurHosts(app.wsgi_app, settings)  # type: ignore[method-assign]  # likewise
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # as Werkzeug's manual has it
