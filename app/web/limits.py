"""How often one address may send forms: one budget for all of them."""

from flask import current_app

from app.extensions import limiter


def form_budget() -> str:
    """How often one address may send a form."""
    return str(current_app.config["SETTINGS"].form_limit)


forms_limit = limiter.shared_limit(form_budget, scope="forms", methods=["POST"])
"""A decorator for views that take forms; below the route, above the view."""
