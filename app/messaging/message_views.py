"""Messages: the lists, a conversation, writing, and what one does with what was written."""

from secrets import token_urlsafe

from flask import Blueprint, current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_required

from app.accounts import queries as account_queries
from app.accounts.errors import PersonNotFound
from app.accounts.models import User
from app.extensions import db, limiter
from app.messaging import attachments, threads
from app.messaging import conversation_queries as queries
from app.messaging.conversation_queries import Side
from app.messaging.errors import CannotWrite, ConversationNotFound, PersonIsLeaving
from app.messaging.message_forms import MessageForm, RecipientForm
from app.messaging.models import Conversation, Message, Standing
from app.messaging.services import conversations, sending
from app.messaging.threads import Line
from app.web.errors import wants_json
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, Page, decode_cursor, make_page

bp = Blueprint("messages", __name__, url_prefix="/messages")
READS = "240 per minute"


def _person() -> str:
    return str(current_user.id or get_remote_address())


def _budget() -> str:
    return str(current_app.config["SETTINGS"].message_limit)


messages_limit = limiter.shared_limit(_budget, scope="messages", key_func=_person, methods=["POST"])
reads_limit = limiter.shared_limit(READS, scope="message-reads", key_func=_person, methods=["POST"])


@bp.get("")
@login_required
def inbox() -> ResponseReturnValue:
    """The conversations that one has, the latest first."""
    return _list(Standing.ACCEPTED, "inbox", requests=queries.waiting_requests(current_user.id))


@bp.get("/requests")
@login_required
def request_index() -> ResponseReturnValue:
    """What strangers wrote, apart from the rest."""
    return _list(Standing.REQUEST, "requests", requests=0)


@bp.route("/new", methods=["GET", "POST"])
@login_required
@forms_limit
def person_pick() -> ResponseReturnValue:
    """Whom to write to: by name, or one of those one wrote with last."""
    form = RecipientForm(attach=request.args.get("attach", ""))
    if form.validate_on_submit():
        person = account_queries.find_person((form.to.data or "").strip().removeprefix("@"))
        if person is not None and not current_user.is_apart_from(person.id):
            return redirect(_begin_url(person.username, form.attach.data), code=303)
        form.to.errors = ["There is nobody of this name."]
    lines = [
        threads.line_of(row, current_user) for row in queries.conversation_rows(current_user.id, Standing.ACCEPTED)
    ]
    people = [(line.other, _begin_url(line.other.username, form.attach.data)) for line in lines if line.other.username]
    return render(
        "messaging/conversation_new.html",
        None,
        422 if form.is_submitted() else 200,
        form=form,
        people=people[:PAGE_SIZE],
    )


@bp.get("/@<username>")
@login_required
def person_show(username: str) -> ResponseReturnValue:
    """Write to someone: the conversation that there is, or the beginning of one."""
    person = _other(username)
    attach = request.args.get("attach", "")
    talk_id = queries.find_public_id(current_user.id, person.id)
    if talk_id is not None:
        return redirect(url_for(".conversation_show", talk_id=talk_id, attach=attach or None))
    return _beginning(person, MessageForm.fresh(attach))


@bp.post("/@<username>")
@login_required
@forms_limit
@messages_limit
def conversation_create(username: str) -> ResponseReturnValue:
    """Write to someone for the first time."""
    person = _other(username)
    form = MessageForm()
    try:
        conversation, message = _send(person, form)
    except CannotWrite as refused:
        db.session.rollback()
        form.body.errors = [refused.sentence]
        return _beginning(person, form, refused.status)
    return _sent(conversation, message)


@bp.get("/<talk_id>")
@login_required
def conversation_show(talk_id: str) -> ResponseReturnValue:
    """A conversation, the newest at the bottom; ``?before=`` a number for what came before."""
    side = queries.get_side(current_user.id, talk_id)
    return _conversation(side, MessageForm.fresh(request.args.get("attach", "")))


@bp.post("/<talk_id>")
@login_required
@messages_limit
def message_create(talk_id: str) -> ResponseReturnValue:
    """Write. A form that was sent twice is one message."""
    side = queries.get_side(current_user.id, talk_id)
    form = MessageForm()
    try:
        if side.other is None:
            raise PersonIsLeaving
        conversation, message = _send(side.other, form)
    except CannotWrite as refused:
        db.session.rollback()
        if wants_json():
            raise
        form.body.errors = [refused.sentence]
        return _conversation(queries.get_side(current_user.id, talk_id), form, refused.status)
    return _sent(conversation, message)


@bp.get("/<talk_id>/news")
@login_required
def conversation_news(talk_id: str) -> ResponseReturnValue:
    """What a page has missed since the message ``?after=``, and how far the other one has read."""
    side = queries.get_side(current_user.id, talk_id)
    after = max(0, request.args.get("after", 0, type=int))
    messages = queries.messages_after(side, min(after, 2**31 - 1))
    thread = threads.thread_of(side, messages, current_user, after=after)
    return render("messaging/_news.html", None, thread=thread)


@bp.post("/<talk_id>/read")
@login_required
@reads_limit
def conversation_read(talk_id: str) -> ResponseReturnValue:
    """One has seen everything up to a number."""
    side = queries.get_side(current_user.id, talk_id)
    said = request.get_json(silent=True) if request.is_json else request.form
    up_to = str(said.get("up_to", "")) if said and hasattr(said, "get") else ""
    if not up_to.isascii() or not up_to.isdecimal() or len(up_to) > 9:
        raise ConversationNotFound
    conversations.note_read(side, int(up_to))
    db.session.commit()
    return ("", 204) if wants_json() else redirect(threads.thread_url(talk_id), code=303)


@bp.post("/<talk_id>/accept")
@login_required
@forms_limit
def request_accept(talk_id: str) -> ResponseReturnValue:
    """Take a request into the inbox."""
    conversations.accept(queries.get_side(current_user.id, talk_id))
    db.session.commit()
    return redirect(threads.thread_url(talk_id), code=303)


@bp.post("/<talk_id>/decline")
@login_required
@forms_limit
def request_decline(talk_id: str) -> ResponseReturnValue:
    """Put a request away. Its sender does not learn of it."""
    conversations.decline(queries.get_side(current_user.id, talk_id))
    db.session.commit()
    flash("Declined. They are not told.", "success")
    return redirect(url_for(".request_index"), code=303)


@bp.post("/<talk_id>/delete")
@login_required
@forms_limit
def conversation_delete(talk_id: str) -> ResponseReturnValue:
    """Delete a conversation for oneself."""
    conversations.delete_for_me(queries.get_side(current_user.id, talk_id))
    db.session.commit()
    flash("Deleted for you.", "success")
    return redirect(url_for(".inbox"), code=303)


@bp.post("/<talk_id>/<int:number>/delete")
@login_required
@forms_limit
def message_delete(talk_id: str, number: int) -> ResponseReturnValue:
    """Delete one message for oneself."""
    conversations.delete_message_for_me(queries.get_side(current_user.id, talk_id), min(number, 2**31 - 1))
    db.session.commit()
    flash("Deleted for you.", "success")
    return redirect(threads.thread_url(talk_id), code=303)


def _list(state: Standing, box: str, *, requests: int) -> ResponseReturnValue:
    here = url_for(".inbox") if box == "inbox" else url_for(".request_index")
    page: Page[Line] = make_page(
        queries.conversation_rows(current_user.id, state, after=decode_cursor(request.args.get("after"))),
        size=PAGE_SIZE,
        place=lambda row: (row.last_at, row.id),
        url=lambda cursor: f"{here}?after={cursor}",
        show=lambda row: threads.line_of(row, current_user),
    )
    fragment = "messaging/_lines.html" if request.args.get("after") else "messaging/_list.html"
    return render("messaging/conversation_index.html", fragment, page=page, box=box, requests=requests)


def _other(username: str) -> User:
    """Whom one wants to write to, if they may be found."""
    person = account_queries.get_person(username)
    if current_user.is_apart_from(person.id):
        raise PersonNotFound
    return person


def _begin_url(username: str, attach: str | None) -> str:
    return url_for(".person_show", username=username, attach=attach or None)


def _send(reader: User, form: MessageForm) -> tuple[Conversation, Message]:
    """Send what the form holds, and commit."""
    if not form.validate_on_submit():
        raise CannotWrite(next((str(error) for errors in form.errors.values() for error in errors), None))
    address = (form.attach.data or "").strip()
    draft = sending.Draft(
        body=form.body.data or "",
        client_key=form.client_key.data or token_urlsafe(12),
        attached=attachments.find_attachment(address, current_user) if address else None,
    )
    conversation, message = sending.send_message(current_user, reader, draft)
    db.session.commit()
    return conversation, message


def _sent(conversation: Conversation, message: Message) -> ResponseReturnValue:
    url = threads.thread_url(conversation.public_id)
    if wants_json():
        return jsonify(number=message.number, url=url), 201
    return redirect(f"{url}#message-{message.number}", code=303)


def _beginning(person: User, form: MessageForm, status: int = 200) -> ResponseReturnValue:
    """The page of a conversation that there is not yet."""
    refusal = "That is you. Pick somebody else to write to." if person.id == current_user.id else ""
    return render(
        "messaging/conversation_show.html", None, status,
        thread=None,
        other=threads.correspondent(person),
        action=threads.begin_url(person.username),
        form=form,
        refusal=refusal or sending.refusal(current_user, person, None),
        will_be_request=not sending.follows(person.id, current_user.id),
    )  # fmt: skip


def _conversation(side: Side, form: MessageForm, status: int = 200) -> ResponseReturnValue:
    before = request.args.get("before", type=int)
    messages = queries.messages_before(side, min(before, 2**31 - 1) if before else None)
    thread = threads.thread_of(side, messages, current_user)
    refusal = PersonIsLeaving.sentence
    if side.other is not None:
        theirs = side.theirs.state if side.theirs is not None else None
        refusal = sending.refusal(current_user, side.other, theirs)
    return render(
        "messaging/conversation_show.html", "messaging/_earlier.html", status,
        thread=thread,
        other=thread.other,
        action=thread.url,
        form=form,
        refusal=refusal,
        will_be_request=False,
    )  # fmt: skip
