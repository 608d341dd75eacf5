"""Every template compiles, and names only filters, globals and templates that are there."""

import json
import re

import pytest
from flask import Flask
from jinja2 import StrictUndefined, nodes

from config import ROOT

TEMPLATES = sorted(path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.*"))
_INLINE = re.compile(
    r"\son[a-z]+=|\sstyle=|<style|<script(?![^>]*(src=|importmap|application/ld\+json))|hx-on|javascript:",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_compiles(plain_app: Flask, name: str) -> None:
    environment = plain_app.jinja_env
    assert environment.undefined is StrictUndefined
    environment.get_template(name)


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_a_template_extends_includes_and_imports_is_there(plain_app: Flask, name: str) -> None:
    environment = plain_app.jinja_env
    source = (ROOT / "templates" / name).read_text()
    tree = environment.parse(source)
    assert {node.name for node in tree.find_all(nodes.Filter)} <= set(environment.filters), "also where one seldom goes"
    named = [
        node.template.value
        for node in tree.find_all((nodes.Extends, nodes.Include, nodes.FromImport, nodes.Import))
        if isinstance(node, nodes.Extends | nodes.Include | nodes.FromImport | nodes.Import)
        and isinstance(node.template, nodes.Const)
    ]
    assert [one for one in named if one not in TEMPLATES] == []
    imported = {
        (node.template.value, original if isinstance(original, str) else original[0])
        for node in tree.find_all(nodes.FromImport)
        if isinstance(node.template, nodes.Const)
        for original in node.names
    }
    for template, macro in imported:
        with plain_app.test_request_context("/"):
            assert macro in environment.get_template(template).module.__dict__, f"{template} has no {macro}"


@pytest.mark.parametrize("name", [name for name in TEMPLATES if not name.startswith("mail/")])
def test_no_template_has_inline_script_or_style(name: str) -> None:
    source = (ROOT / "templates" / name).read_text()
    assert _INLINE.findall(source) == []


@pytest.mark.parametrize("name", ["layouts/base.html", "layouts/embed.html"])
def test_htmx_writes_no_style_where_the_policy_allows_none(name: str) -> None:
    config = re.search(r"""<meta name="htmx-config" content='([^']+)'>""", (ROOT / "templates" / name).read_text())
    assert config
    said = json.loads(config[1])
    assert said["includeIndicatorCSS"] is False, "it would add a sheet of its own"
    assert said["defaultSettleDelay"] == 0, "it would copy the style of what it replaces onto what comes"
