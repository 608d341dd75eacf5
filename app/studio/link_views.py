"""Named links in the studio: those of a work, those of all works, new ones, and the end of one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts.forms import ButtonForm
from app.core.clock import now
from app.core.errors import DomainError
from app.core.screening import Screened, screen
from app.extensions import db
from app.media import links, queries
from app.media.models import Medium, ShareLink
from app.media.services import sharing
from app.playlists import passes
from app.playlists import queries as set_queries
from app.playlists.errors import SetNotFound
from app.playlists.models import Set
from app.studio.forms import ShareLinkForm
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, Page, decode_cursor, make_page

bp = Blueprint("studio_links", __name__, url_prefix="/studio")


@dataclass(frozen=True)
class LinkRow:
    """A named link, as its maker reads it. ``ending`` says why it opens nothing any more."""

    id: UUID
    url: str
    recipient: str
    created_at: datetime
    expires_at: datetime | None
    play_cap: int | None
    plays: int
    last_played_at: datetime | None
    ending: str
    thing: tuple[str, str] = ("", "")
    """Title and address of its page of links."""


@bp.get("/links")
@login_required
def link_index() -> ResponseReturnValue:
    """The links to all one's works, newest first."""
    rows = queries.share_link_rows(owner_id=current_user.id, after=_after())
    sets = set_queries.titles_by_id([row.ShareLink.set_id for row in rows if row.ShareLink.set_id is not None])
    page = _page(rows, ".link_index", lambda row: _thing_of(row, sets))
    return render("studio/links.html", "studio/_link_rows.html", page=page, with_things=True, button_form=ButtonForm())


@bp.route("/media/<public_id>/links", methods=["GET", "POST"])
@login_required
@forms_limit
def medium_links(public_id: str) -> ResponseReturnValue:
    """The links to one medium, and a new one."""
    return _links_of(queries.get_own(current_user.id, public_id), links.edit_url(public_id))


@bp.route("/sets/<public_id>/links", methods=["GET", "POST"])
@login_required
@forms_limit
def set_links(public_id: str) -> ResponseReturnValue:
    """The links to one set, and a new one."""
    one = set_queries.find_by_public_id(public_id)
    if one is None or one.owner_id != current_user.id:
        raise SetNotFound
    return _links_of(one, f"/studio/sets/{public_id}")


@bp.post("/links/<uuid:link_id>/revoke")
@login_required
@forms_limit
def link_revoke(link_id: UUID) -> ResponseReturnValue:
    """End a link, and go back to the list that it stands in."""
    link = sharing.revoke_link(link_id, by=current_user)
    thing = passes.find_thing(medium_id=link.medium_id, set_id=link.set_id)
    assert thing is not None  # noqa: S101 - a link goes with what it leads to
    url, recipient = _address_of(thing), link.recipient
    db.session.commit()
    flash(f"The link for {recipient} opens nothing any more.", "success")
    return redirect(url_for(".link_index") if request.args.get("from") == "all" else url, code=303)


def _links_of(thing: Medium | Set, edit_url: str) -> ResponseReturnValue:
    """The page of one work's links; or, for a form that is right, a new one."""
    form = ShareLinkForm()
    if form.validate_on_submit() and (response := _taken(form, thing)):
        return response
    set_id, medium_id = (thing.id, None) if isinstance(thing, Set) else (None, thing.id)
    rows = queries.share_link_rows(owner_id=current_user.id, medium_id=medium_id, set_id=set_id, after=_after())
    page = _page(rows, request.endpoint or "", lambda _row: ("", ""), public_id=thing.public_id)
    return render(
        "studio/thing_links.html",
        "studio/_link_rows.html",
        422 if form.is_submitted() else 200,
        thing=thing,
        edit_url=edit_url,
        is_set=isinstance(thing, Set),
        form=form,
        page=page,
        with_things=False,
        button_form=ButtonForm(formdata=None),
    )


def _taken(form: ShareLinkForm, thing: Medium | Set) -> ResponseReturnValue | None:
    """Make the link that a form asks for; None where it is refused, which then stands at its field."""
    column = {"set_id": thing.id} if isinstance(thing, Set) else {"medium_id": thing.id}
    ends = form.expires_at.data
    verdict = screen(Screened.LINK, current_user, texts={"recipient": form.recipient.data or ""}, subject_id=thing.id)
    verdict.settle(thing.id)
    if verdict.stops:
        db.session.commit()
        form.recipient.errors = [verdict.sentence]
        return None
    try:
        sharing.create_link(
            by=current_user,
            **column,
            recipient=form.recipient.data or "",
            expires_at=ends.replace(tzinfo=UTC) if ends else None,
            play_cap=form.play_cap.data,
        )
    except DomainError as error:
        form.expires_at.errors = [error.sentence]
        return None
    url, recipient = _address_of(thing), form.recipient.data
    db.session.commit()
    flash(f"Here is the link for {recipient}. Whoever has it can open this.", "success")
    return redirect(url, code=303)


def _address_of(thing: Medium | Set) -> str:
    endpoint = ".set_links" if isinstance(thing, Set) else ".medium_links"
    return url_for(endpoint, public_id=thing.public_id)


def _page(rows: Any, endpoint: str, thing_of: Any, **place: Any) -> Page[LinkRow]:
    return make_page(
        rows,
        size=PAGE_SIZE,
        place=lambda row: (row.ShareLink.created_at, row.ShareLink.id),
        url=lambda cursor: url_for(endpoint, **place, after=cursor),
        show=lambda row: _shown(row.ShareLink, thing_of(row)),
    )


def _shown(link: ShareLink, thing: tuple[str, str]) -> LinkRow:
    public_url: str = current_app.config["SETTINGS"].public_url
    return LinkRow(
        link.id, public_url + links.share_url(link.token), link.recipient, link.created_at, link.expires_at,
        link.play_cap, link.plays, link.last_played_at, _ending(link), thing,
    )  # fmt: skip


def _ending(link: ShareLink) -> str:
    if link.revoked_at is not None:
        return "Revoked"
    if link.expires_at is not None and link.expires_at <= now():
        return "Expired"
    return "Played out" if link.play_cap is not None and link.plays >= link.play_cap else ""


def _thing_of(row: Any, sets: dict[UUID, tuple[str, str]]) -> tuple[str, str]:
    if row.ShareLink.set_id is not None:
        public_id, title = sets[row.ShareLink.set_id]
        return title, url_for(".set_links", public_id=public_id)
    return row.title, url_for(".medium_links", public_id=row.public_id)


def _after() -> UUID | None:
    place = decode_cursor(request.args.get("after"))
    return place[1] if place else None
