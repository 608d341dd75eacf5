"""What staff can do to an account: each a page that says what follows, asks why, and does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from app.accounts import care
from app.accounts.models import Role, TokenPurpose, User
from app.admin.people_forms import DeedForm, NewEmailForm, PlainDeedForm, RoleForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """``fits`` says whether it makes sense for a person; ``do`` does it with the filled form."""

    title: str
    explanation: str
    button: str
    done: str
    icon: str
    do: Callable[[User, User, Any], object]
    form: type[DeedForm] = DeedForm
    fits: Callable[[User], bool] = lambda _person: True
    danger: bool = False


DEEDS: Final[dict[str, Deed]] = {
    "role": Deed(
        title="Change the role", icon="key-round", button="Give this role", form=RoleForm,
        explanation="What they may do changes with their next click. They are told by mail.",
        done="They have another role now.",
        do=lambda person, by, form: care.give_role(person, Role(form.role.data), by=by, reason=form.reason.data),
    ),
    "verify-email": Deed(
        title="Take the address for verified", icon="badge-check", button="It is theirs",
        explanation="Only where they showed in another way that the address is theirs: whoever reads its mail can set a"
        " new password.",
        done="The address is verified.", fits=lambda person: person.email_verified_at is None,
        do=lambda person, by, form: care.confirm_email(person, by=by, reason=form.reason.data),
    ),
    "correct-email": Deed(
        title="Correct the address", icon="mail", button="Use this address", form=NewEmailForm, danger=True,
        explanation="The new address gets a link to verify it, the old one is told, and links that were mailed before"
        " stop working. Whoever reads the new address can take the account over: be sure who asks.",
        done="The new address has a link to verify it.",
        do=lambda person, by, form: care.correct_email(person, form.email.data, by=by, reason=form.reason.data),
    ),
    "resend-verification": Deed(
        title="Mail the link to verify again", icon="send", button="Mail it", form=PlainDeedForm,
        explanation="Earlier links stop working.", done="A new link is on its way.",
        fits=lambda person: person.email_verified_at is None,
        do=lambda person, by, _form: care.resend(person, TokenPurpose.VERIFY_EMAIL, by=by),
    ),
    "resend-reset": Deed(
        title="Mail a link to set a new password", icon="send", button="Mail it", form=PlainDeedForm,
        explanation="As if they had asked for it themselves. It works for an hour.", done="A link is on its way.",
        do=lambda person, by, _form: care.resend(person, TokenPurpose.RESET_PASSWORD, by=by),
    ),
    "end-sessions": Deed(
        title="Log them out everywhere", icon="log-out", button="Log out everywhere",
        explanation="Every browser is logged out within seconds, open pages too. They can log in again.",
        done="They are logged out everywhere.",
        do=lambda person, by, form: care.end_sessions(person, by=by, reason=form.reason.data),
    ),
    "reset-factors": Deed(
        title="Remove all second factors", icon="shield", button="Remove them", danger=True,
        explanation="For somebody who lost the app, the passkeys and the recovery codes. Their password stays, they are"
        " logged out everywhere, and told by mail. Be sure that it is them who asks.",
        done="The second factors are gone, and they were told.", fits=lambda person: person.has_factor,
        do=lambda person, by, form: care.reset_factors(person, by=by, reason=form.reason.data),
    ),
    "close": Deed(
        title="Close the account", icon="trash-2", button="Close it", danger=True,
        explanation="As if they had asked for it: they are logged out, nobody finds what is theirs, and after the time"
        " of grace it goes for good. Logging in keeps it. To punish somebody, decide a case instead: that can be"
        " appealed.",
        done="The account is on its way out.", fits=lambda person: person.deletion_due_at is None,
        do=lambda person, by, form: care.close_account(person, by=by, reason=form.reason.data),
    ),
    "keep": Deed(
        title="Keep the account", icon="rotate-ccw", button="Keep it",
        explanation="It does not go, and what is theirs is found again.", done="The account stays.",
        fits=lambda person: person.deletion_due_at is not None,
        do=lambda person, by, form: care.keep_account(person, by=by, reason=form.reason.data),
    ),
}  # fmt: skip
