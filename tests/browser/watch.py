"""What must not happen while a page is open, and what a test says may."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

WATCHER = """
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) =>
  console.error(`The policy forbids ${violatedDirective} ${blockedURI} in ${sourceFile}`))
const play = HTMLMediaElement.prototype.play
HTMLMediaElement.prototype.play = function () {
  const playing = play.call(this)
  // A pause that comes before the first sound is no failure.
  playing.catch(({ name, message }) => name === 'AbortError' || console.error(`play() failed: ${name} ${message}`))
  return playing
}
globalThis.shift = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value
}).observe({ type: 'layout-shift', buffered: true })
"""
"""Runs before the page's own scripts: reports what the policy stops and what refuses to play, adds up layout shifts."""

ABORTED = "net::ERR_ABORTED"
"""The page itself let go of the request: it was left, or its player sought."""


class Troubles:
    """Errors in consoles, exceptions, forbidden loads and failed requests of every page of a test."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._seen: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of ``context``, from now on."""
        context.add_init_script(WATCHER)
        context.on("console", self._console)
        context.on("weberror", self._exception)
        context.on("response", self._response)
        context.on("requestfailed", self._failure)

    def expect(self, pattern: str) -> None:
        """Let pass what matches: ``404 GET /music/nothing``, ``console … /music/nothing``."""
        self._expected.append(re.compile(pattern))

    def check(self) -> None:
        """Fail if anything was seen that nobody expected."""
        unexpected = [seen for seen in self._seen if not any(pattern.search(seen) for pattern in self._expected)]
        assert not unexpected, "In the browser:\n" + "\n".join(unexpected)

    def _is_ours(self, url: str) -> bool:
        return urlsplit(url).netloc == self._host

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._seen.append(f"console: {message.text} {message.location['url']}")

    def _exception(self, error: WebError) -> None:
        self._seen.append(f"exception: {error.error}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and self._is_ours(response.url):
            self._seen.append(f"{response.status} {response.request.method} {response.url}")

    def _failure(self, request: Request) -> None:
        if self._is_ours(request.url) and request.failure != ABORTED:
            self._seen.append(f"{request.failure} {request.method} {request.url}")
