"""The yardstick: a bare Flask application that renders a Jinja page of the same size as our home page, from memory."""

import os
from pathlib import Path

from flask import Flask, render_template_string

app = Flask(__name__)
SIZE_BYTES = Path(os.environ["BENCH_PAGE"]).stat().st_size if "BENCH_PAGE" in os.environ else 30_000
CARD = (
    '<li class="card"><a href="/{{ card.url }}"><img src="{{ card.art }}" alt=""><h3>{{ card.title }}</h3></a>'
    "<p>{{ card.words }}</p></li>"
)
PAGE = f"<!doctype html><title>{{{{ title }}}}</title><ul>{{% for card in cards %}}{CARD}{{% endfor %}}</ul>"
WORDS = "quiet machines in a northern harbour, and the weather they make, for as long as it takes to listen. " * 4


@app.get("/bare")
def bare() -> str:
    """As many cards as it takes to be as large as the page it is compared with."""
    cards = [
        {"url": f"c/{number}", "art": f"/a/{number}.webp", "title": f"Card {number}", "words": WORDS}
        for number in range(max(1, SIZE_BYTES // 520))
    ]
    return render_template_string(PAGE, title="bare", cards=cards)
