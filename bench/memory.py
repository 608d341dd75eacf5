"""Memory of everything at rest: proportional set size, so that shared pages count once."""

import time

import psutil

from bench.report import Report
from bench.site import Site

BUDGET_BYTES = 700_000_000
WEB_BUDGET_BYTES = 200_000_000
REST_SECONDS = 3


def measure_rest(report: Report, site: Site) -> None:
    """Add up the processes of the installation before anyone came; two web workers, where ``make run`` starts one."""
    time.sleep(REST_SECONDS)
    total = 0
    for pid in site.roots:
        root = psutil.Process(pid)
        total += sum(process.memory_full_info().pss for process in (root, *root.children(recursive=True)))
    report.add(
        "everything at rest, PostgreSQL and Redis included",
        f"{total / 1e6:.0f} MB",
        budget=f"< {BUDGET_BYTES // 10**6} MB",
        met=total < BUDGET_BYTES,
    )


def measure_web(report: Report, site: Site) -> None:
    """The larger web worker, after everything that was asked of it."""
    web = max(process.memory_info().rss for process in psutil.Process(site.web.pid).children())
    report.add(
        "a web process after the measurements above, resident",
        f"{web / 1e6:.0f} MB",
        budget=f"< {WEB_BUDGET_BYTES // 10**6} MB",
        met=web < WEB_BUDGET_BYTES,
    )
