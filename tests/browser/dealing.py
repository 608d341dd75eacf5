"""How pytest-xdist deals tests out: those of the browser in two hands, so that each shares one installation.

``--dist=loadgroup`` would do it by a mark, but since pytest 9.2 pytest-xdist 3.8 silently leaves groups apart
(pytest-xdist#1386).
"""

from xdist.scheduler import LoadScopeScheduling

FOLDER = "tests/browser/"
EVERY_PAGE = "tests/browser/test_every_page.py"


class BrowserTogether(LoadScopeScheduling):
    """Every test is dealt out by itself; those in ``tests/browser`` are the first two hands.

    The pages, which take about as long as a third of the journeys and an installation more, are the second.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(EVERY_PAGE):
            return EVERY_PAGE
        return FOLDER if nodeid.startswith(FOLDER) else nodeid
