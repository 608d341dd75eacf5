"""How often one may send forms: one budget for all of them, and a larger one for clicks that cost next to nothing."""

from flask import current_app, request
from flask_login import current_user

from app.extensions import limiter


def form_budget() -> str:
    """How often one address may send a form."""
    return str(current_app.config["SETTINGS"].form_limit)


forms_limit = limiter.shared_limit(form_budget, scope="forms", methods=["POST"])
"""A decorator for views that take forms; below the route, above the view."""


def reaction_budget() -> str:
    """How often one person may like, pass on, and take it back."""
    return str(current_app.config["SETTINGS"].reaction_limit)


def _who() -> str:
    return f"person:{current_user.id}" if current_user.is_authenticated else str(request.remote_addr)


reactions_limit = limiter.shared_limit(reaction_budget, scope="reactions", key_func=_who, methods=["POST"])
"""Likewise for likes and reposts, by the account: an evening with good music is no attack."""
