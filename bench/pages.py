"""Pages a second through nginx, and processor time a page, against a bare page of the same size."""

import http.cookiejar
import re
import subprocess
import urllib.parse
import urllib.request

from bench.report import Report
from bench.site import PASSWORD, Site

CONNECTIONS = 32
WARM_UP_S = 2
BUDGETS = {"home, stranger": 1500, "home, signed in": 600, "medium": 600, "search": 400}
CPU_BUDGETS_MS = {"home, stranger": 1.3, "home, signed in": 3.0}
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_LATENCY = re.compile(r"99%\s+([\d.]+)(us|ms|s)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")


def measure(report: Report, site: Site, *, seconds: int) -> None:
    """Ask for each page as fast as two cores answer."""
    bare, _, _ = _ask(f"{site.url}/bare", seconds)
    report.add("a bare Flask and Jinja page of the home page's size", f"{bare:,.0f} a second")
    home = _read(site.url + "/")
    medium = re.search(r'href="(/@[^"/]+/[^"/]+)"', home)
    assert medium is not None, "the home page shows no medium"
    cookie = _log_in(site.url)
    for what, path, header in (
        ("home, stranger", "/", None),
        ("home, signed in", "/", cookie),
        ("medium", medium[1], None),
        ("search", "/search?q=harbour", None),
        ("realm, stranger", "/music", None),
        ("playback description", _playback(home), None),
    ):
        before = site.cpu_seconds()
        rate, latency, bad = _ask(site.url + path, seconds, header)
        cpu_ms = (site.cpu_seconds() - before) * 1000 / max(1.0, rate * (seconds + WARM_UP_S))
        budget = BUDGETS.get(what)
        report.add(
            f"{what}: `{path[:50]}`",
            f"{rate:,.0f} a second, p99 {latency}{f', {bad} failed' if bad else ''}",
            yardstick=f"{rate / bare:.2f}× the bare page",
            budget=f"≥ {budget:,}" if budget else "",
            met=rate >= budget and not bad if budget else None,
        )
        limit_ms = CPU_BUDGETS_MS.get(what)
        report.add(
            f"{what}: processor time, database included",
            f"{cpu_ms:.2f} ms a request",
            budget=f"≤ {limit_ms} ms" if limit_ms else "",
            met=cpu_ms <= limit_ms if limit_ms else None,
        )


def _ask(url: str, seconds: int, cookie: str | None = None) -> tuple[float, str, int]:
    """Requests a second, the 99th percentile as written, and how many failed; after a short warm-up."""
    headers = ["-H", f"Cookie: {cookie}"] if cookie else []
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", "--latency", *headers, url]
    subprocess.run([*command, f"-d{WARM_UP_S}s"], check=True, capture_output=True)
    said = subprocess.run([*command, f"-d{seconds}s"], check=True, capture_output=True, text=True).stdout
    rate, latency, bad = _RATE.search(said), _LATENCY.search(said), _BAD.search(said)
    assert rate is not None, said
    return float(rate[1]), f"{latency[1]} {latency[2]}" if latency else "?", int(bad[1]) if bad else 0


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
        body: bytes = answer.read()
    return body.decode()


def _log_in(url: str) -> str:
    """The session cookie of the bench's guest."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(f"{url}/login").read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None, "the log-in page has no token"
    form = {"csrf_token": token[1], "login": "guest@example.org", "password": PASSWORD}
    browser.open(f"{url}/login", urllib.parse.urlencode(form).encode())
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def _playback(home: str) -> str:
    found = re.search(r"/media/[1-9A-Za-z]{11}/playback", home)
    assert found is not None, "the home page has nothing to play"
    return found[0]
