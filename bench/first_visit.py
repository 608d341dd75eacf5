"""What a first visit costs: bytes over the wire of HTML, CSS, JavaScript and fonts, as Chromium counts them."""

import os

from playwright.sync_api import Request, sync_playwright

from bench.report import Report
from bench.site import Site

BUDGET_BYTES = 100_000
COUNTED = {"document", "stylesheet", "script", "font"}


def measure(report: Report, site: Site) -> None:
    """Open pages in a fresh browser each, straight from the web process, which compresses by itself there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for path in ("/", "/music", "/screen", "/voice"):
            bytes_by_type: dict[str, int] = {}

            def count(request: Request, bytes_by_type: dict[str, int] = bytes_by_type) -> None:
                if request.resource_type in COUNTED:
                    size = request.sizes()["responseBodySize"]
                    bytes_by_type[request.resource_type] = bytes_by_type.get(request.resource_type, 0) + size

            page = browser.new_page()
            page.on("requestfinished", count)
            page.goto(site.url + path)
            page.wait_for_load_state("networkidle")
            page.close()
            total = sum(bytes_by_type.values())
            parts = ", ".join(f"{kind} {size / 1000:.0f}" for kind, size in sorted(bytes_by_type.items()))
            report.add(
                f"first visit of `{path}`",
                f"{total / 1000:.0f} kB ({parts})",
                budget=f"≤ {BUDGET_BYTES // 1000} kB",
                met=total <= BUDGET_BYTES,
            )
        browser.close()
