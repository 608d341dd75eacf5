"""The audit log: found, looked at, written out."""

import json
from datetime import UTC
from typing import Any

from flask import Blueprint, Response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.roles import Permission, requires
from app.accounts.step_up import needs_fresh_proof
from app.admin import audit_log
from app.admin.audit_forms import ExportForm, FindEntriesForm, beginning_of
from app.core import audit
from app.core.audit import anchors, checking, exporting
from app.core.clock import now
from app.extensions import db
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import Page

bp = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")


@bp.get("")
@requires(Permission.READ_AUDIT)
def entry_index() -> ResponseReturnValue:
    """Entries, the newest first, narrowed by what the address asks for."""
    return _list(FindEntriesForm(request.args))


@bp.get("/<int:number>")
@requires(Permission.READ_AUDIT)
def entry_show(number: int) -> ResponseReturnValue:
    """One entry: who, whom, what was before and after, and why, as far as their keys are there."""
    opened = audit_log.open_entry(number)
    entry = opened.entry
    return render(
        "admin/audit_entry.html", opened=opened, entry=entry, names=audit_log.names_of([entry]),
        facts=json.dumps(entry.facts, indent=2, ensure_ascii=False) if entry.facts else "",
        changes=_changes(opened.said or {}),
    )  # fmt: skip


@bp.post("/export")
@requires(Permission.READ_AUDIT)
@needs_fresh_proof
@forms_limit
def export_create() -> ResponseReturnValue:
    """The entries of some days as a file. That it was written out stands in the log, and in the file."""
    form = ExportForm()
    if not form.validate_on_submit():
        return _list(FindEntriesForm(None), form)
    since, until = beginning_of(form.since.data), beginning_of(form.until.data, days_later=1)
    days = {"since": str(form.since.data or ""), "until": str(form.until.data or "")}
    audit.record("audit.exported", actor=current_user, facts={"format": form.shape.data, **days})
    db.session.commit()
    is_table = form.shape.data == "csv"
    lines = exporting.export_csv(since, until) if is_table else exporting.export_jsonl(since, until)
    name = f"audit-{now().astimezone(UTC):%Y%m%d-%H%M%S}.{form.shape.data}"
    return Response(
        stream_with_context(lines), mimetype="text/csv" if is_table else "application/jsonl",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )  # fmt: skip


def _list(form: FindEntriesForm, export_form: ExportForm | None = None) -> Response:
    entries, after = audit_log.list_entries(form.wanted, request.args.get("after")) if form.validate() else ([], None)
    asked: dict[str, Any] = {
        name: request.args[name] for name, field in form._fields.items() if field.data and name in request.args
    }
    return render(
        "admin/audit.html", "admin/_audit_rows.html", 422 if export_form is not None else 200,
        page=Page(entries, url_for(".entry_index", **asked, after=after) if after else None), form=form,
        names=audit_log.names_of(entries), check=checking.last_check(),
        key=anchors.public_key().hex(), export_form=export_form or ExportForm(formdata=None),
    )  # fmt: skip


def _changes(said: dict[str, object]) -> list[tuple[str, str, str]]:
    """Name, before and after of everything that was changed."""
    before, after = ({} if not isinstance(part := said.get(name), dict) else part for name in ("before", "after"))
    return [(name, _word(before.get(name)), _word(after.get(name))) for name in dict.fromkeys([*before, *after])]


def _word(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
