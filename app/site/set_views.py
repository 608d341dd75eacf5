"""Pages of sets: one at its address, the page where it is edited, a person's, one's own."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs

from app.accounts import queries as account_queries
from app.core.errors import DomainError
from app.core.screening import Screened, notes_of
from app.extensions import db
from app.media.models import Visibility
from app.media.realms import realms
from app.playlists import links, queries
from app.playlists.cards import SetCard, card_of_set, to_set_card
from app.playlists.forms import CoverForm, DeleteForm, NewSetForm, SetForm
from app.playlists.models import Set, SetKind
from app.playlists.opening import open_set
from app.playlists.rows import ItemRow, artworks_of, make_item_page, read_place
from app.playlists.services import sets
from app.site.frames import person_frame
from app.site.people import person_of
from app.site.set_standing import set_standing
from app.social import subjects
from app.social.queries.reactions import reactions_of
from app.web.filters import markdown
from app.web.front_pages import remembered
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, Page, decode_cursor, make_page

bp = Blueprint("set_pages", __name__)
NUMBERED = {SetKind.SERIES, SetKind.PODCAST}
"""Kinds whose items are episodes: with a still and what they are about."""


@bp.get("/@<username>/sets/<slug>")
@remembered
def set_show(username: str, slug: str) -> ResponseReturnValue:
    """A set, as far as the gate lets its visitor in, with what this visitor finds in it."""
    one = queries.find_page(username, slug)
    if one is None or one.owner.username != username:
        return _moved(username, slug, request.args.get("s"))
    between = set_standing(current_user.id, one, is_staff=current_user.is_staff)
    opened = open_set(one, request.args.get("s"), between)
    kept = opened.secret
    totals = queries.totals(one, current_user.id, lends=opened.lends)
    seasons = [total.season for total in totals if total.season is not None] if one.kind is SetKind.SERIES else []
    season = request.args.get("season", seasons[0] if seasons else None, type=int) if seasons else None
    place = read_place(request.args.get("after"))
    url = links.set_url(one.owner.username, one.slug, kept)
    page: Page[ItemRow] = make_item_page(
        queries.item_rows(one, current_user.id, season=season, after=place.after, lends=opened.lends),
        place,
        size=queries.ITEMS_A_PAGE,
        viewer_id=current_user.id,
        url=lambda cursor: _with(url, season=season, after=cursor),
        lent=opened.lent,
    )
    mosaic, tints = artworks_of(page.items)
    count, length_ms = sum(total.count for total in totals), sum(total.duration_ms for total in totals)
    card = card_of_set(one, count=count, duration_ms=length_ms, mosaic=mosaic, tints=tints, secret=kept)
    own_secret = one.link_secret if current_user.id == one.owner_id and one.visibility is Visibility.UNLISTED else kept
    subject = subjects.of_set(one, kept)
    response = render(
        "site/set_show.html",
        "playlists/_items.html",
        card=card,
        page=page,
        person=person_of(one.owner),
        description_html=markdown(one.description_markdown) if one.description_markdown else "",
        tags=list(one.tags),
        seasons=[(number, _with(url, season=number), number == season) for number in seasons],
        episodes=one.kind in NUMBERED,
        may_arrange=between.may_arrange,
        hold=one.hold.value if one.hold is not None else "",
        waits=_waits(one),
        secret=kept or "",
        share_url=_public_url() + links.set_url(one.owner.username, one.slug, own_secret),
        embed_builder_url=links.embed_builder_url(one.public_id, own_secret),
        live_url=_with(url, season=season),
        subject=subject,
        reactions=reactions_of(
            between.id, subject, counts=between.counts, liked=between.liked, caption=between.caption
        ),
    )
    return opened.keep(response)


@bp.route("/sets/new", methods=["GET", "POST"])
@login_required
@forms_limit
def set_new() -> ResponseReturnValue:
    """Begin a set."""
    form = NewSetForm()
    if form.validate_on_submit():
        try:
            one = sets.create_set(current_user, form.details())
        except DomainError as error:
            db.session.rollback()
            form.title.errors = [error.sentence]
        else:
            db.session.commit()
            return redirect(links.edit_url(one.public_id), code=303)
    return render("site/set_new.html", None, 422 if form.is_submitted() else 200, form=_of_role(form))


@bp.route("/sets/<public_id>/edit", methods=["GET", "POST"])
@login_required
@forms_limit
def set_edit(public_id: str) -> ResponseReturnValue:
    """Where a set is described and put in order by those who work on it."""
    one = queries.get_to_arrange(public_id, current_user)
    form = _details_form(one)
    if form.validate_on_submit():
        try:
            sets.edit_set(one, form.details(), by=current_user)
        except DomainError as error:
            db.session.rollback()
            one = queries.get_to_arrange(public_id, current_user)
            form.form_errors.append(error.sentence)
        else:
            db.session.commit()
            flash("Saved.", "success")
            return redirect(links.edit_url(one.public_id), code=303)
    place = read_place(request.args.get("after"))
    page = make_item_page(
        queries.item_rows(one, current_user.id, after=place.after, unseen=True),
        place,
        size=queries.ITEMS_A_PAGE,
        viewer_id=current_user.id,
        url=lambda cursor: _with(links.edit_url(public_id), after=cursor),
    )
    mosaic, tints = artworks_of(page.items)
    is_unlisted = one.visibility is Visibility.UNLISTED
    response = render(
        "site/set_edit.html",
        "playlists/_edit_items.html",
        422 if form.is_submitted() else 200,
        waits=_waits(one),
        card=card_of_set(one, count=len(page.items), duration_ms=0, mosaic=mosaic, tints=tints),
        page=page,
        form=form,
        cover_form=CoverForm(formdata=None),
        delete_form=DeleteForm(formdata=None),
        is_owner=one.owner_id == current_user.id,
        is_system=one.kind is SetKind.WATCH_LATER,
        is_series=one.kind is SetKind.SERIES,
        secret_url=_public_url() + links.set_url(one.owner.username, one.slug, one.link_secret) if is_unlisted else "",
        one=one,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/@<username>/playlists")
@remembered
def person_sets(username: str) -> ResponseReturnValue:
    """A person's sets that everyone may find."""
    frame = person_frame(username, "playlists")
    after = decode_cursor(request.args.get("after"))
    page: Page[SetCard] = make_page(
        queries.listed_set_rows(current_user.id, owner_id=frame.user_id, is_limited=frame.user.is_limited, after=after),
        size=PAGE_SIZE,
        place=lambda row: (row.published_at, row.id),
        url=lambda cursor: frame.url_of(after=cursor),
        show=to_set_card,
    )
    return render("site/person_sets.html", "playlists/_cards.html", frame=frame, page=page)


@bp.get("/library/playlists")
@login_required
def library_sets() -> ResponseReturnValue:
    """One's own sets, and what is kept for later."""
    after = decode_cursor(request.args.get("after"))
    page: Page[SetCard] = make_page(
        queries.own_set_rows(current_user.id, after=after),
        size=PAGE_SIZE,
        place=lambda row: (row.created_at, row.id),
        url=lambda cursor: url_for(".library_sets", after=cursor),
        show=to_set_card,
    )
    return render("site/library_sets.html", "playlists/_cards.html", page=page)


def _moved(username: str, slug: str, secret: str | None) -> ResponseReturnValue:
    """Lead from an old name or slug to the present address, for those whom the gate lets know of it.

    Raises:
        PersonNotFound, MediumNotFound: there is nothing, or nothing that this visitor may know of.
    """
    owner = account_queries.get_person(username)
    one = queries.find_by_address(owner, slug)
    opened = open_set(one, secret)
    return redirect(links.set_url(owner.username, opened.one.slug, secret), code=301)


def _details_form(one: Set) -> Any:
    form = SetForm(
        title=one.title, kind=one.kind.value, description=one.description_markdown, realm=one.realm_slug or "",
        genre=one.genre, tags=", ".join(one.tags), release_date=one.release_date, newest_first=one.newest_first,
        visibility=one.visibility.value, comments_policy=one.comments_policy.value, slug=one.slug,
    )  # fmt: skip
    form.realm.choices = [SelectChoice("", "No realm"), *(SelectChoice(realm.slug, realm.name) for realm in realms())]
    return _of_role(form, kept=one.kind)


def _of_role(form: Any, kept: SetKind = SetKind.PLAYLIST) -> Any:
    """Offer listeners what is for them."""
    if not current_user.is_artist:
        form.kind.choices = [
            choice for choice in form.kind.choices if choice.value in {SetKind.PLAYLIST.value, kept.value}
        ]
    return form


def _with(url: str, **query: Any) -> str:
    given = "&".join(f"{name}={value}" for name, value in query.items() if value is not None)
    return url + (("&" if "?" in url else "?") + given if given else "")


def _public_url() -> str:
    return str(current_app.config["SETTINGS"].public_url)


def _waits(one: Set) -> str:
    """What its owner reads beside one that waits for a look; empty where it does not."""
    return notes_of(Screened.SET, [one.id]).get(one.id, "") if one.hold is not None else ""
