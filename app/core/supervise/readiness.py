"""Knowing when the web server can be used."""

import time
from http import HTTPStatus
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from app.core.supervise.errors import CannotStartError
from app.core.supervise.supervisor import Supervisor

READY_SECONDS = 120
_POLL_SECONDS = 0.1
_FAILED_STARTS = 2
_LOG_LINES = 20


def answers(url: str) -> bool:
    """Whether a GET of ``url`` on this machine is answered by 200. Proxies of the environment are not asked."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=5) as reply:
            return bool(reply.status == HTTPStatus.OK)
    except (URLError, OSError, ValueError):
        return False


def end_of(log: Path) -> str:
    """The last lines of a log file, for an error message."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(lines[-_LOG_LINES:])


def wait_until_ready(url: str, supervisor: Supervisor, web_log: Path) -> None:
    """Wait until ``/readyz`` is green.

    Raises:
        CannotStartError: the web server keeps ending, or does not become ready in two minutes.
    """
    deadline = time.monotonic() + READY_SECONDS
    seen: set[int] = set()
    while not answers(f"{url}/readyz"):
        if supervisor.exit_code() is not None:
            raise CannotStartError(f"The supervisor ended by itself; see {web_log.parent / 'supervisord.log'}.")
        seen |= {process["pid"] for process in supervisor.processes() if process["name"] == "web" and process["pid"]}
        if len(seen) > _FAILED_STARTS or time.monotonic() > deadline:
            raise CannotStartError(
                f"The web server does not come up. Its log, {web_log}, ends with:\n{end_of(web_log)}"
            )
        time.sleep(_POLL_SECONDS)
