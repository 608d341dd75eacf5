"""What docs/security.md says is somewhere is there, and no requirement of levels 1 and 2 is left out."""

import ast
import re
from functools import cache
from pathlib import Path

from config import ROOT

PLACE = re.compile(
    r"`((?:app|tests|deploy|docs|static|templates|config|compose|constraints|Makefile|\.)[\w./-]*)(?:::(\w+))?`"
)
STATES = ("yes", "in part", "no", "–")
ASVS_5 = 253
"""So many requirements have level 1 or 2 in ASVS 5.0.0."""


def rows() -> list[list[str]]:
    """Of each line of the tables: number, what is asked, state, places, tests."""
    lines = (ROOT / "docs/security.md").read_text().splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d+\.\d+\.\d+ ", line)
    ]


@cache
def names_in(path: Path) -> frozenset[str]:
    """Functions, classes and constants of a Python file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(found)


def test_every_place_and_test_that_the_table_names_is_there() -> None:
    missing = []
    for number, _asked, _state, *cells in rows():
        for name, function in PLACE.findall(" ".join(cells)):
            path = ROOT / name
            if not path.exists() or (function and function not in names_in(path)):
                missing.append(f"{number}: {name}::{function}")
    assert missing == []


def test_every_requirement_is_answered_once_and_in_one_of_four_ways() -> None:
    numbers = [number for several, *_ in rows() for number in several.split()]
    assert len(numbers) == len(set(numbers)) == ASVS_5
    wrong = []
    for number, _asked, state, place, test in rows():
        if not state.startswith(STATES):
            wrong.append(f"{number}: {state}")
        if state.startswith(("yes", "in part")) and not PLACE.search(place):
            wrong.append(f"{number} names no place")
        if state.startswith(("yes", "in part")) and not (PLACE.search(test) or "by reading" in test):
            wrong.append(f"{number} names no test")
        if state != "yes" and ": " not in state:
            wrong.append(f"{number} does not say what is missing, or why it does not apply")
    assert wrong == []


def test_the_counts_at_the_top_are_true() -> None:
    counts = dict.fromkeys(STATES, 0)
    for numbers, _asked, state, *_rest in rows():
        counts[next(one for one in STATES if state.startswith(one))] += len(numbers.split())
    said = re.search(
        r"Of 253 requirements (\d+) hold, (\d+) hold in part, (\d+) do not, and (\d+) do not apply",
        " ".join((ROOT / "docs/security.md").read_text().split()),
    )
    assert said is not None
    assert {state: int(number) for state, number in zip(STATES, said.groups(), strict=True)} == counts
