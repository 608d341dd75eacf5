"""A process that has loaded the application and forks workers of it, one a line that it reads: they start in no time.

``python -m tests.harness.worker_zygote`` with the settings in the environment, and ``LEASE`` in seconds. Each worker
does tasks until it is killed, as one that is rung for does; the answer to a line is its process id.
"""

import ctypes
import dataclasses
import os
import signal
import sys
import time

from flask import Flask

from app import create_app
from app.extensions import db
from app.media.engine import layers
from app.media.making import sources
from app.media.making.runner import run_next_task
from config import load_settings

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Fork until the input ends."""
    settings = dataclasses.replace(load_settings(), lease_s=float(os.environ["LEASE"]))  # type: ignore[arg-type]  # seconds
    app = create_app(settings)
    layers.in_force()  # tried once for all
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _line in sys.stdin:
        worker = os.fork()
        if worker == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # what is ignored stays so in the programs that it starts
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            work(app)
        print(worker, flush=True)  # noqa: T201 - the answer


def work(app: Flask) -> None:
    """Do tasks for ever."""
    while True:
        with app.app_context():
            sources.sweep_if_due()
            did = run_next_task()
            db.session.remove()
        if not did:
            time.sleep(0.03)


if __name__ == "__main__":
    main()
