"""Options that operators change while the place runs, and what the environment set."""

from typing import Any, NamedTuple

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.forms import ButtonForm
from app.accounts.roles import Permission, requires
from app.admin.environment import describe_environment
from app.core import options
from app.core.errors import Conflict, NotFound
from app.core.options import Option, OptionRefused, OptionRow
from app.extensions import db
from app.web.hx import render
from app.web.limits import forms_limit

bp = Blueprint("admin_settings", __name__, url_prefix="/admin/settings")


class Line(NamedTuple):
    """An option as the page shows it. ``written`` is what its field holds, ``wrong`` why that was refused."""

    option: Option
    written: str
    was: str
    usual: str
    """What it is while nobody changes it, as text."""
    row: OptionRow | None
    by: str
    wrong: str = ""

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return self.option.name.replace(".", "-")


@bp.get("")
@requires(Permission.OPERATE)
def option_index() -> ResponseReturnValue:
    """Every option, grouped."""
    return _page()


@bp.post("/<name>")
@requires(Permission.OPERATE)
@forms_limit
def option_update(name: str) -> ResponseReturnValue:
    """Give one option another value, or its default back."""
    option = _found(name)
    written = request.form.get("value", "")
    if not ButtonForm().validate_on_submit():
        return _page({name: (written, "This form is too old. Look at it and send it once more.")})
    try:
        _require_unchanged(option)
        changed = (
            options.reset_option(name, current_user)
            if request.form.get("act") == "reset"
            else options.set_option(name, option.read(written), current_user)
        )
    except (OptionRefused, Conflict) as error:
        db.session.rollback()
        return _page({name: (written, error.sentence)})
    db.session.commit()
    flash(f"{option.label}: {'saved' if changed else 'that is what it was'}.", "success")
    return redirect(url_for(".option_index", _anchor=name.replace(".", "-")), code=303)


@bp.get("/environment")
@requires(Permission.OPERATE)
def environment_show() -> ResponseReturnValue:
    """What the environment set; secrets are never shown."""
    return render("admin/settings_environment.html", rows=describe_environment(current_app.config["SETTINGS"]))


def _require_unchanged(option: Option) -> None:
    """Refuse where the option is not any more what the page said that it was."""
    was = request.form.get("was")
    if was is not None and was.replace("\r\n", "\n") != option.write(options.get(option.name)):
        raise Conflict("Somebody changed this since you opened the page. Look at what it is now.")


def _found(name: str) -> Option:
    option = options.find_option(name)
    if option is None:
        raise NotFound
    return option


def _page(refused: dict[str, tuple[str, str]] | None = None) -> ResponseReturnValue:
    refused = refused or {}
    groups: dict[str, list[Line]] = {}
    for line in lines_of(refused=refused):
        groups.setdefault(line.option.group, []).append(line)
    return render(
        "admin/settings.html", None, 422 if refused else 200, groups=dict(sorted(groups.items())), form=ButtonForm()
    )


def lines_of(group: str | None = None, *, refused: dict[str, tuple[str, str]] | None = None) -> list[Line]:
    """The options of a group, or all of them, as a page shows them; ``refused`` has what was wrong, by name."""
    rows = options.changes()
    names = people.usernames_of({row.changed_by for row in rows.values() if row.changed_by is not None})
    wanted = [option for option in options.registered() if group in {None, option.group}]
    return [_line(option, rows.get(option.name), names, refused or {}) for option in wanted]


def _line(option: Option, row: OptionRow | None, names: dict[Any, str], refused: dict[str, tuple[str, str]]) -> Line:
    was = option.write(options.get(option.name))
    written, wrong = refused.get(option.name, (was, ""))
    by = names.get(row.changed_by, "a command, or somebody who left") if row is not None else ""
    return Line(option, written, was, option.write(option.unchanged()), row, by, wrong)
