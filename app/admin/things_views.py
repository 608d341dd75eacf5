"""Media, sets, comments and posts: looked through, and decided about many at a time."""

from typing import Any, Final, NamedTuple
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs

from app.accounts.forms import ButtonForm
from app.accounts.roles import Permission, requires
from app.admin.things_forms import (
    ACTS,
    NEED_NO_REASON,
    BulkForm,
    FindCommentsForm,
    FindMediaForm,
    FindSetsForm,
    FindThingsForm,
    ReasonedBulkForm,
)
from app.core import audit
from app.extensions import db
from app.media import staff_queries
from app.media.realms import realms
from app.media.services.another_try import try_again
from app.media.services.remaking import ask_for_remake
from app.moderation.models import DecisionAction
from app.moderation.refs import RefKind
from app.moderation.rules import rules
from app.moderation.services import bulk
from app.moderation.services.bulk import Outcome
from app.moderation.thing_rows import HoldWanted, ThingsWanted, thing_rows
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, BadCursor, decode_cursor, make_page

bp = Blueprint("admin_things", __name__, url_prefix="/admin")
MOST_AT_ONCE: Final = 10 * PAGE_SIZE
"""A list grows by pages that stay; an act on all of them has an end all the same."""
ASKED: Final = ("owner", "hold", "state", "type", "realm")


class Listing(NamedTuple):
    """One of the four lists."""

    what: RefKind
    title: str
    icon: str
    form: type[FindThingsForm]
    acts: tuple[str, ...] = ("hide", "remove", "restore")


LISTINGS: Final = {
    "media": Listing(RefKind.MEDIUM, "Media", "music", FindMediaForm, ("hide", "remove", "restore", "remake", "retry")),
    "sets": Listing(RefKind.SET, "Sets", "list-music", FindSetsForm),
    "comments": Listing(RefKind.COMMENT, "Comments", "message-circle", FindCommentsForm),
    "posts": Listing(RefKind.POST, "Posts", "newspaper", FindThingsForm),
}


@bp.get("/<any(media, sets, comments, posts):kind>")
@requires(Permission.CURATE)
def thing_index(kind: str) -> ResponseReturnValue:
    """Things of one kind, the newest first, narrowed by what the address asks for."""
    return _page(kind, BulkForm(formdata=None))


@bp.post("/<any(media, sets, comments, posts):kind>/bulk")
@requires(Permission.REVIEW)
@forms_limit
def thing_bulk(kind: str) -> ResponseReturnValue:
    """Do one thing to all that were ticked; tells how many, and why not to the others."""
    listing = LISTINGS[kind]
    form = BulkForm() if request.form.get("act") in NEED_NO_REASON else ReasonedBulkForm()
    _offer(form, listing)
    ids = _ids(form)
    if not form.validate_on_submit() or not ids:
        if not ids:
            form.form_errors.append("Tick something first.")
        return _page(kind, form, 422, ticked={str(one) for one in ids})
    outcome = _do(listing, str(form.act.data), ids, form)
    db.session.commit()
    if outcome.done:
        flash(f"Done to {outcome.done}.", "success")
    for sentence, count in outcome.refused.items():
        flash(f"Not done to {count}: {sentence}", "warning")
    return redirect(url_for(".thing_index", kind=kind, **_asked()), code=303)


@bp.get("/media/<public_id>")
@requires(Permission.CURATE)
def medium_show(public_id: str) -> ResponseReturnValue:
    """One medium as operators see it: its files, what they take, and what went wrong in the making."""
    return render(
        "admin/medium.html", dossier=staff_queries.get_dossier(public_id), form=BulkForm(formdata=None),
        plain_form=ButtonForm(),
    )  # fmt: skip


def _page(kind: str, form: BulkForm, status: int = 200, ticked: set[str] | None = None) -> ResponseReturnValue:
    listing = LISTINGS[kind]
    asked = listing.form(request.args)
    if hasattr(asked, "realm"):
        asked.realm.choices = [*asked.realm.choices, *(SelectChoice(one.slug, one.name) for one in realms())]
    after = decode_cursor(request.args.get("after"))
    rows = (
        thing_rows(listing.what, _wanted(asked), after=after[1] if after else None, size=PAGE_SIZE)
        if asked.validate()
        else []
    )
    page = make_page(
        rows,
        size=PAGE_SIZE,
        place=lambda row: (row.created_at, row.id),
        url=lambda cursor: url_for(".thing_index", kind=kind, **_asked(), after=cursor),
        show=lambda row: row,
    )
    _offer(form, listing)
    return render(
        "admin/things.html", "admin/_thing_rows.html", status,
        page=page, asked=asked, listing=listing, kind=kind, form=form, query=_asked(), ticked=ticked or set(),
    )  # fmt: skip


def _wanted(asked: FindThingsForm) -> ThingsWanted:
    def said(name: str) -> str:
        return str(getattr(asked, name).data or "") if name in asked else ""

    hold = HoldWanted(asked.hold.data) if asked.hold.data else None
    return ThingsWanted(owner=said("owner"), hold=hold, state=said("state"), kind=said("type"), realm=said("realm"))


def _asked() -> dict[str, Any]:
    """What the address narrows the list to, to be asked again."""
    return {name: value for name, value in request.args.items() if name in ASKED and value and "\0" not in value}


def _offer(form: BulkForm, listing: Listing) -> None:
    form.act.choices = [SelectChoice(act, ACTS[act]) for act in listing.acts]
    form.rule.choices = [
        SelectChoice("", "No rule in particular"),
        *(SelectChoice(rule.slug, rule.title) for rule in rules()),
    ]


def _ids(form: BulkForm) -> list[UUID]:
    """What was ticked.

    Raises:
        BadCursor: that is none of ours, or more than a page can hold.
    """
    try:
        ids = [UUID(one) for one in form.ids.data or []]
    except ValueError as error:
        raise BadCursor from error
    if len(ids) > MOST_AT_ONCE:
        raise BadCursor
    return ids


def _do(listing: Listing, act: str, ids: list[UUID], form: BulkForm) -> Outcome:
    reasons = form.reasons.data or ""
    if act == "restore":
        return bulk.restore_many(listing.what, ids, by=current_user, reasons=reasons)
    if act in NEED_NO_REASON:
        return _make_again(act, ids)
    return bulk.decide_many(
        listing.what, ids, DecisionAction(act), by=current_user, rule=form.rule.data or None, reasons=reasons
    )


def _make_again(act: str, ids: list[UUID]) -> Outcome:
    outcome = Outcome()
    do: Any = try_again if act == "retry" else ask_for_remake
    for medium_id in sorted(set(ids)):
        if do(medium_id):
            outcome.done += 1
            audit.record(
                f"making.{'tried_again' if act == 'retry' else 'asked_anew'}",
                actor=current_user, subject=("medium", medium_id),
            )  # fmt: skip
        else:
            outcome.refuse("Nothing there to make again, or it waits for that already.")
    return outcome
