"""How much of ``app`` the tests ran, said before pytest's last line; the run fails below ``LEAST_PCT``.

SlipCover counts by rewriting byte code, which costs a few per cent; tracing, as coverage.py does on Python 3.11, cost
half as much again. What other processes than pytest's own run is not counted.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import slipcover

LEAST_PCT = 95.0
_found: dict[str, Any] = {}


def _is_whole(config: pytest.Config) -> bool:
    """Whether every test was asked for."""
    return not config.option.keyword and not config.option.markexpr and config.args == config.getini("testpaths")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """After SlipCover put together what its workers counted."""
    folder = os.environ.get("SLIPCOVER_COVERAGE_DIR")
    if folder is None or "PYTEST_XDIST_WORKER" in os.environ:
        return
    merged = Path(folder) / "merged.json"
    if merged.is_file():
        _found.update(json.loads(merged.read_text()))
        if _is_whole(session.config) and _found["summary"]["percent_covered"] < LEAST_PCT:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say it."""
    if not _found:
        return
    percent = _found["summary"]["percent_covered"]
    terminalreporter.section("statements of app/ that no test ran")
    slipcover.print_coverage(_found, outfile=terminalreporter._tw._file, skip_covered=True, missing_width=60)
    terminalreporter.write_line(f"The tests ran {percent:.1f} % of the statements of app/.")
    if _is_whole(config) and percent < LEAST_PCT:
        terminalreporter.write_line(f"FAILED: that is less than {LEAST_PCT:g} %.", red=True)
