"""What docs/security.md says is somewhere is there."""

import re

from config import ROOT


def test_every_place_that_the_table_names_is_there() -> None:
    lines = [line for line in (ROOT / "docs/security.md").read_text().splitlines() if line.startswith("| V")]
    assert len(lines) > 25
    missing = []
    for line in lines:
        _, section, _what, where, test, _gap, _ = line.split("|")
        for cell in (where, test):
            named = re.findall(r"`([^`]+)`", cell)
            assert named, f"{section} names no place"
            missing += [f"{section.strip()}: {name}" for name in named if not (ROOT / name).exists()]
    assert missing == []
