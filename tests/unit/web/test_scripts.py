"""Our scripts set text as text, and read no foreign code."""

import re

import pytest

from config import ROOT

SCRIPTS = sorted((ROOT / "static/js").rglob("*.js"))
MARKUP = re.compile(
    r"\.(?:inner|outer)HTML\s*\+?=|insertAdjacentHTML|createContextualFragment|DOMParser|document\.write"
)
CODE = re.compile(r"\beval\(|new Function|set(?:Timeout|Interval)\(\s*['\"`]|\bjavascript:|addEventListener\('message'")
FROM_TEMPLATES = {
    "static/js/behaviours/conversation.js",  # a message as the server's template has it
    "static/js/behaviours/sheet.js",  # a part of a page, and a frame of our own
    "static/js/lib/video-comments.js",  # a drawing of our own
}


def test_markup_is_set_in_three_places_and_comes_from_the_servers_templates() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in SCRIPTS if MARKUP.search(path.read_text())}
    assert len(SCRIPTS) > 60
    assert found == FROM_TEMPLATES


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_runs_words_or_listens_to_other_windows(path: object) -> None:
    assert CODE.search((ROOT / str(path)).read_text()) is None
