"""Conversations of the community, as the services make them."""

from sqlalchemy import select

from app.accounts.models import User
from app.core.ids import secret
from app.extensions import db
from app.media.models import Medium
from app.messaging import conversation_queries as queries
from app.messaging.services import conversations, sending
from app.messaging.threads import thread_url
from app.social.subjects import of_medium
from tests.browser.community import Community, Person, Work
from tests.browser.installation import Installation


def write(installation: Installation, sender: Person, reader: Person, body: str, work: Work | None = None) -> str:
    """Send a message; returns the address of the conversation."""
    with installation.services():
        people = {one.username: one for one in db.session.scalars(select(User)).unique()}
        attached = None
        if work is not None:
            medium = db.session.scalars(select(Medium).where(Medium.public_id == work.public_id)).one()
            assert medium.owner
            attached = of_medium(medium)
        draft = sending.Draft(body, secret(), attached)
        conversation, _ = sending.send_message(people[sender.username], people[reader.username], draft)
        db.session.commit()
        return thread_url(conversation.public_id)


def accept(installation: Installation, reader: Person, url: str) -> None:
    """Take a request in."""
    with installation.services():
        user = db.session.scalars(select(User).where(User.username == reader.username)).one()
        conversations.accept(queries.get_side(user.id, url.rpartition("/")[2]))
        db.session.commit()


def talk_urls(installation: Installation, community: Community) -> dict[str, str]:
    """A conversation of Ada and Ben, with what can be in one; and a request of Cleo's to Ada."""
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 3
    talk = write(installation, community.ada, community.ben, "Shall we? https://example.org/a-place-with-a-long-name")
    accept(installation, community.ben, talk)
    write(installation, community.ben, community.ada, "", community.film)
    write(installation, community.ben, community.ada, long)
    write(installation, community.ada, community.ben, "هل سمعت هذا؟ @ben_okoro", community.song)
    write(installation, community.ada, community.ben, "", community.draft)
    request = write(installation, community.cleo, community.ada, "I like your songs", community.song)
    return {"talk_url": talk, "request_url": request}
