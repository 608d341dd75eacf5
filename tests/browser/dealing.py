"""How pytest-xdist deals tests out: those of the browser all to one worker, so that they share one installation.

``--dist=loadgroup`` would do it by a mark, but since pytest 9.2 pytest-xdist 3.8 silently leaves groups apart
(pytest-xdist#1386). Two hands of browser tests on three workers took longer on two cores: two installations, and two
browsers.
"""

from xdist.scheduler import LoadScopeScheduling

FOLDER = "tests/browser/"
TOGETHER = ("tests/functional/demo/test_generate.py",)
"""Files whose tests share something that takes seconds to make."""


class BrowserTogether(LoadScopeScheduling):
    """Every test is dealt out by itself; those in ``tests/browser`` are one hand, and the first."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(FOLDER):
            return FOLDER
        return next((path for path in TOGETHER if nodeid.startswith(path)), nodeid)
