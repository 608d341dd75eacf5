"""Notices about rights in works of Ada's: one just sent, one that she can answer, one that everyone may read."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.extensions import db
from app.media.models import Kind, MediumState, Visibility
from app.moderation import takedown_links as links
from app.moderation.services import takedown_publishing
from tests.browser.community import Community
from tests.browser.installation import Installation
from tests.factories.media import MediumOrder, add_medium
from tests.factories.notices import decide_all, send_notice

ORDER = MediumOrder(
    kind=Kind.AUDIO, state=MediumState.READY, visibility=Visibility.PUBLIC, with_version=True, files=False,
    artwork=False,
)  # fmt: skip


def names_of_notices(installation: Installation, community: Community) -> dict[str, str]:
    """What addresses of pages about notices are filled in with."""
    app = installation.app
    with installation.services(), Session(db.engine, expire_on_commit=False) as session:
        people = {user.username: user for user in session.scalars(select(User)).unique()}
        ada, dora = people[community.ada.username], people[community.dora.username]
        paths = []
        for title in ("A song that somebody knows", "Donaudampfschifffahrtsgesellschaftskapitänslied"):
            medium = add_medium(session, app.extensions["storage"], ada, ORDER, title=title, listed=False)
            paths.append(f"/@{ada.username}/{medium.slug}")
    with_unfound: dict[str, Any] = {"explanation": "All of it.", "proofs": ["https://proof.example/one"]}
    waiting = send_notice(app, [paths[1]], confirmed=False, email="first@label.example")
    sent = send_notice(app, [paths[1], "https://elsewhere.example"], email="second@label.example", **with_unfound)
    answered = send_notice(app, [paths[0]], email="third@label.example", name="مريم الخطيب", signature="مريم الخطيب")
    public = send_notice(app, [paths[1]], email="fourth@label.example", organisation="Rechteverwertung GmbH")
    decide_all(app, answered, dora)
    decide_all(app, public, dora, accept=False)
    with installation.services():
        takedown_publishing.set_publication(public, kept_back=False, by=db.session.get_one(User, dora.id))
        db.session.commit()
        return {
            "takedown": answered, "takedown_public": public, "takedown_new": sent,
            "takedown_status": links.status_path(sent), "takedown_confirm": links.confirm_path(waiting),
        }  # fmt: skip
