"""How pytest-xdist deals tests out: those of the browser all to one worker, so that they share one installation.

``--dist=loadgroup`` would do it by a mark, but since pytest 9.2 pytest-xdist 3.8 silently leaves groups apart
(pytest-xdist#1386).
"""

from xdist.scheduler import LoadScopeScheduling

FOLDER = "tests/browser/"


class BrowserTogether(LoadScopeScheduling):
    """Every test is dealt out by itself; those in ``tests/browser`` are one hand, and the first."""

    def _split_scope(self, nodeid: str) -> str:
        return FOLDER if nodeid.startswith(FOLDER) else nodeid
