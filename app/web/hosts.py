"""By which names this place may be asked for: a name that somebody made up is in no link, mail or cache of ours."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from app.web.security import STAYS_ON_TLS
from config import Settings

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
FOR_MACHINES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""What load balancers and Prometheus ask for by whatever address they know. No name is in their answers."""
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?)\.?(?::[0-9]{1,5})?")
_ANSWER: Final = (
    b"This place does not go by that name. Its operator says in PUBLIC_URL and TRUSTED_HOSTS what it is called.\n"
)


class OnlyOurHosts:
    """WSGI middleware: 400 for what is asked of a ``Host`` that is none of ours, pages and sockets alike."""

    def __init__(self, app: Wsgi, settings: Settings) -> None:
        self._app = app
        self._names = host_names(settings)
        self._stays_on_tls = [("Strict-Transport-Security", STAYS_ON_TLS)] if settings.is_https else []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass on what is asked of us."""
        if environ.get("PATH_INFO") in FOR_MACHINES or self.knows(environ.get("HTTP_HOST", "")):
            return self._app(environ, start_response)
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_ANSWER))),
            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Connection", "close"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"), *self._stays_on_tls,
        ]  # fmt: skip
        start_response("400 Bad Request", headers)
        return [_ANSWER]

    def knows(self, host: str) -> bool:
        """Whether a ``Host`` header names us; its port is the business of whoever listens there."""
        found = _HOST.fullmatch(host.lower())
        return found is not None and found[1] in self._names


def host_names(settings: Settings) -> frozenset[str]:
    """The name in ``PUBLIC_URL``, those of this machine, and ``TRUSTED_HOSTS``."""
    public = urlsplit(settings.public_url).hostname or ""
    return LOCAL | {f"[{public}]" if ":" in public else public} | set(settings.trusted_hosts)
