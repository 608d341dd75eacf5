"""A work that somebody complains of, its owner, a moderator, and what one does with a notice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.holds import Hold
from app.media.models import Medium
from app.moderation import takedown_jobs
from app.moderation.takedown_models import Strike, TakedownClaim, TakedownNotice
from tests.factories.notices import decide_all, let_time_pass, send_notice
from tests.harness.browser import Browser, browser_of
from tests.harness.mail import MailOutbox

Make = Callable[..., Any]
EMAIL = "jo@label.example"
FORM = {
    "name": "Jo Doe", "organisation": "Label", "role": "owner", "email": EMAIL,
    "postal_address": "Elm Street 1", "works": "My song, by me, 1998", "explanation": "All of it", "proofs": "",
    "good_faith": "y", "accuracy": "y", "signature": "Jo Doe", "sending": "one",
}  # fmt: skip
COUNTER = {
    "statement": "It is my own recording.", "name": "Ada Lin", "address": "Oak Road 2", "good_faith": "y", "court": "y",
    "passed_on": "y", "signature": "Ada Lin",
}  # fmt: skip


@dataclass
class Stage:
    """Everyone who has a part in a notice, and shorthands for what they do."""

    app: Flask
    session: Session
    ada: User
    """Whose work is complained of."""
    mod: User
    song: Medium
    client: Browser
    mail: MailOutbox
    settle: Callable[..., None]
    log_in: Callable[..., Browser]

    path: str
    """Of the song."""
    make_medium: Make

    def another(self) -> str:
        """The address of one more work of Ada's."""
        return self.url_of(self.make_medium(self.ada))

    @property
    def url(self) -> str:
        """Where the song is."""
        return f"http://127.0.0.1{self.path}"

    def url_of(self, medium: Medium) -> str:
        """Where one of Ada's works is."""
        return f"http://127.0.0.1/@ada/{medium.slug}"

    def browser(self, person: User) -> Browser:
        """A browser of theirs, logged in."""
        return self.log_in(browser_of(self.app), person)

    def send(self, addresses: Sequence[str] = (), **values: Any) -> str:
        """A notice from a stranger about the song, or about others; its reference."""
        return send_notice(self.app, addresses or [self.url], **values)

    def decide(self, reference: str, **values: Any) -> None:
        """The moderator decides about all of it."""
        decide_all(self.app, reference, self.mod, **values)

    def taken_down(self, **values: Any) -> str:
        """A notice that was accepted."""
        reference = self.send(**values)
        self.decide(reference)
        return reference

    def pass_time(self, days: float) -> None:
        """Days go by; what is due is done, twice."""
        let_time_pass(self.session, days)
        with self.app.app_context():
            takedown_jobs.obey_clocks()
            takedown_jobs.obey_clocks()

    def hold(self, medium: Medium | None = None) -> Hold | None:
        """What stands against a work, else the song."""
        self.session.expire_all()
        return self.session.scalars(select(Medium.hold).where(Medium.id == (medium or self.song).id)).one()

    def states(self, reference: str) -> list[str]:
        """Where the claims of a notice are."""
        self.session.expire_all()
        query = select(TakedownClaim.state).join(TakedownNotice).where(TakedownNotice.reference == reference)
        return [one.value for one in self.session.scalars(query.order_by(TakedownClaim.id))]

    def notice(self, reference: str) -> TakedownNotice:
        """Its row as it is now."""
        self.session.expire_all()
        return self.session.scalars(select(TakedownNotice).where(TakedownNotice.reference == reference)).one()

    def strikes(self) -> list[bool]:
        """Whether each of the strikes against anybody was taken back."""
        self.session.expire_all()
        return [one.taken_back_at is not None for one in self.session.scalars(select(Strike).order_by(Strike.id))]

    def subjects(self, address: str = EMAIL) -> list[str]:
        """What was mailed to somebody."""
        self.settle()
        return [str(message["Subject"]) for message in self.mail.to(address)]


@pytest.fixture(autouse=True)
def _told_what_broke(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected fails the test by itself, not by a page that says so."""
    monkeypatch.setitem(app.config, "PROPAGATE_UNEXPECTED", True)


@pytest.fixture
def stage(
    app: Flask, db_session: Session, make_person: Make, make_medium: Make, client: Browser, mail_outbox: MailOutbox,
    settle: Callable[..., None], login: Make,
) -> Stage:  # fmt: skip
    """Ada with a song, a moderator, and a stranger's browser."""
    ada = make_person(role="artist", username="ada", display_name="Ada")
    mod = make_person(role="moderator", username="mod")
    song = make_medium(ada, title="Tide")
    return Stage(app, db_session, ada, mod, song, client, mail_outbox, settle, login, f"/@ada/{song.slug}", make_medium)
