"""Long runs, bounded to minutes, that ``make test`` has in a short form: ``make endurance`` writes bench/ENDURANCE.md.

A test says what it found with ``finding("100 uploads cut at random offsets: all ended sha256-equal, 41 s")``. A run of
some of the tests replaces their sections of the report and leaves the others.
"""

import platform
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REPORT = Path("bench/ENDURANCE.md")
HEAD = """# Endurance

Long runs on the whole media path, each bounded to minutes; `make endurance` makes this page. Times are of a shared
machine of two cores and say what is possible, not what is guaranteed.
"""
_SECTION = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, and let a single test take up to half an hour."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.endurance)
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture
def finding(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """``finding(line)``: what this test measured, for the section of the report that carries the test's first line."""
    title = (request.function.__doc__ or request.node.name).splitlines()[0].rstrip(".")
    lines: list[str] = []

    def note(line: str) -> None:
        lines.append(line)
        write_section(REPORT, title, lines)

    return note


def write_section(report: Path, title: str, lines: list[str]) -> None:
    """Put ``lines`` into the section ``title`` of ``report``, in the place of what an earlier run said there."""
    sections = sections_of(report.read_text()) if report.exists() else {}
    machine = f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}"
    sections[title] = "".join(f"- {line}\n" for line in [*lines, f"({machine})"])
    report.write_text(HEAD + "".join(f"\n## {title}\n\n{text}" for title, text in sorted(sections.items())))


def sections_of(text: str) -> dict[str, str]:
    """The sections of a report: title to text."""
    heads = list(_SECTION.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return {head["title"]: text[head.end() : end].strip() + "\n" for head, end in zip(heads, ends, strict=True)}
