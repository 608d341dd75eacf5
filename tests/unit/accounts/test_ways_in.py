"""No way in goes past the second step, and no field of a password keeps managers out."""

import ast

from wtforms import PasswordField

from app.accounts import forms, sign_up_forms
from config import ROOT

MAY_ENTER = {
    ("app/accounts/login.py", "after_password"),  # who has no second factor, or trusts this browser
    ("app/accounts/second_step_views.py", "let_in"),  # whose second step is done
    ("app/accounts/passkey_views.py", "login_by_passkey"),  # a key that was unlocked is two
    ("app/accounts/sign_up_views.py", "signup_confirm"),  # an account that is made this moment has none
    ("app/accounts/openid_views.py", "sign_up"),  # likewise
}


def test_who_lets_somebody_in_is_known() -> None:
    found = set()
    for path in (ROOT / "app").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            called = {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
            if called & {"enter", "doors.enter", "login.enter", "doors.log_in", "sessions.begin_session"}:
                found.add((path.relative_to(ROOT).as_posix(), function.name))
    assert found - {("app/accounts/login.py", "log_in")} == MAY_ENTER


def test_passwords_are_masked_and_managers_know_which_one_is_meant() -> None:
    fields = [
        (name, field)
        for module in (forms, sign_up_forms)
        for form in vars(module).values()
        for name, field in (vars(form).items() if isinstance(form, type) else ())
        if "password" in name and hasattr(field, "field_class")
    ]
    assert len(fields) >= 8
    for name, field in fields:
        assert field.field_class is PasswordField, name
        assert field.kwargs["render_kw"]["autocomplete"] in {"current-password", "new-password"}, name
