"""A rule that is live, and a comment that it holds."""

from app.accounts.models import User
from app.extensions import db
from app.moderation import filter_set
from app.moderation.filter_models import Category, FilterHit, FilterKind, FilterState
from app.moderation.services import filter_rules
from app.moderation.services.filter_rules import RuleDraft
from app.playlists.models import Set
from app.social.services import comments
from app.social.services.comments import Draft
from app.social.subjects import of_set
from tests.browser.community import Community
from tests.browser.installation import Installation


def names_of_filters(installation: Installation, community: Community) -> dict[str, str]:
    """What addresses of pages about filters are filled in with."""
    with installation.services():
        people = {user.username: user for user in db.session.query(User)}
        dora, cleo = people[community.dora.username], people[community.cleo.username]
        draft = RuleDraft(
            name="Donaudampfschifffahrtsgesellschaftskapitänsworte und أدوية", kind=FilterKind.WORDS,
            category=Category.SPAM, terms="donaudampfpillen\n*أدوية*",
        )  # fmt: skip
        rule = filter_rules.add_rule(draft, by=dora)
        filter_rules.set_state(rule.id, FilterState.LIVE, by=dora)
        db.session.commit()
        filter_set.forget()
        one = db.session.query(Set).filter_by(visibility="public").first()
        assert one is not None
        comments.write_comment(of_set(one), Draft(body="Buy D0naudampfpillen"), by=cleo)
        db.session.commit()
        hit = db.session.query(FilterHit).one()
        return {"filter_rule": str(rule.id), "filter_hit": hit.reference}
