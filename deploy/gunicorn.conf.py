"""How gunicorn serves Soundstage, on a laptop and in a container alike."""  # noqa: INP001 - gunicorn reads it by its path

import os

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
worker_class = "gevent"
worker_connections = 4000
graceful_timeout = 3  # seconds; open sockets would hold a stop for half a minute
timeout = 60
keepalive = 75  # seconds, longer than nginx keeps its side open
control_socket_disable = True
forwarded_allow_ips = ""  # the application alone decides whom to believe, by TRUSTED_PROXIES
secure_scheme_headers: dict[str, str] = {}


def post_worker_init(worker: object) -> None:  # noqa: ARG001 - gunicorn's hook
    """Files leave by the kernel, without holding up others: see ``app/core/sending.py``."""
    from app.core.sending import send_files_by_kernel  # noqa: PLC0415 - only in workers

    send_files_by_kernel()
