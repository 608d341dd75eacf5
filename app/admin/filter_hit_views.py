"""What filters found, on the desk: looked through, let through, upheld."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.forms import ButtonForm
from app.accounts.models import User
from app.accounts.roles import Permission, requires
from app.admin.filter_forms import CATEGORIES, SCREENED
from app.core import audit
from app.extensions import db
from app.moderation import filter_queries
from app.moderation.filter_models import Category, HitState
from app.moderation.models import Decision
from app.moderation.refs import find_thing
from app.moderation.services import decisions, filter_hits
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, decode_cursor, make_page

bp = Blueprint("admin_filter_hits", __name__, url_prefix="/admin/filters/hits")
LABELS = {"categories": CATEGORIES, "screened": SCREENED}


@bp.get("")
@requires(Permission.FILTERS)
def hit_index() -> ResponseReturnValue:
    """What was found, the newest first; a reference that somebody quotes leads to it."""
    if quoted := request.args.get("reference", "").strip():
        return redirect(url_for(".hit_show", reference=quoted[:40]), code=303)
    asked = request.args.get("state", "waiting")
    state = HitState(asked) if asked in set(HitState) else None
    rule = request.args.get("rule", type=UUID)
    place = decode_cursor(request.args.get("after"))
    wanted = filter_queries.HitsWanted(state=state, rule_id=rule)
    page = make_page(
        filter_queries.hit_rows(wanted, after=place[1] if place else None, size=PAGE_SIZE),
        size=PAGE_SIZE,
        place=lambda row: (row.FilterHit.created_at, row.FilterHit.id),
        url=lambda cursor: url_for(".hit_index", state=asked, rule=rule, after=cursor),
        show=lambda row: row,
    )
    return render("admin/filter_hits.html", "admin/_filter_hit_rows.html", page=page, asked=asked, rule=rule, **LABELS)


@bp.get("/<reference>")
@requires(Permission.FILTERS)
def hit_show(reference: str) -> ResponseReturnValue:
    """One thing that was found, with the evidence. That somebody looked at a matter of child safety is in the log."""
    hit = filter_hits.get_hit(reference)
    if hit.category is Category.CHILDREN:
        audit.record("hit.seen", actor=current_user, subject=("hit", hit.reference))
        db.session.commit()
    ref = filter_hits.ref_of(hit)
    author = db.session.get(User, hit.author_id) if hit.author_id is not None else None
    thing = find_thing(ref) if ref is not None else None
    decision = db.session.get(Decision, hit.decision_id) if hit.decision_id is not None else None
    return render(
        "admin/filter_hit.html", hit=hit, thing=thing, author=author, decision=decision, button_form=ButtonForm(),
        **LABELS,
    )  # fmt: skip


@bp.post("/<reference>/<any(release, uphold, hold):act>")
@requires(Permission.FILTERS)
@forms_limit
def hit_decide(reference: str, act: str) -> ResponseReturnValue:
    """Let it through, leave it held, or hold again what was let through."""
    hit = filter_hits.get_hit(reference, lock=True)
    author = db.session.get(User, hit.author_id) if hit.author_id is not None else None
    decisions.require_may_decide(current_user, author, None)
    if act == "release":
        filter_hits.release(hit, by=current_user)
        said = "It is let through."
    elif act == "hold":
        filter_hits.hold_again(hit, by=current_user)
        said = "It waits for a look again, and its evidence is kept."
    else:
        filter_hits.uphold(hit, by=current_user)
        said = "It stays as it is."
    db.session.commit()
    flash(said, "success")
    return redirect(url_for(".hit_index"), code=303)
