"""Every page, as a stranger and as its owner, dark and light, wide and narrow: no barrier, and nothing that jumps.

The list of pages is held against the routes: a new page that is not in it fails.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlsplit
from zlib import crc32

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize
from sqlalchemy import select

from app.accounts.door_models import SignUp
from app.accounts.models import MailedToken, TokenPurpose, User
from app.accounts.services import mailed_tokens, sign_up
from app.core import announcements
from app.core.announcements import Audience, Tone
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db
from app.messaging import unsubscribing
from app.messaging.kinds import MailChoice
from config import ROOT
from tests.browser.cases import names_of_cases
from tests.browser.community import Community, refresh
from tests.browser.filtered import names_of_filters
from tests.browser.installation import Installation
from tests.browser.notices import names_of_notices
from tests.browser.screens import DESKTOP
from tests.browser.talks import talk_urls
from tests.browser.together import names_together
from tests.browser.watch import Troubles

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
NARROW = ViewportSize(width=390, height=844)
NARROWEST = ViewportSize(width=320, height=640)
MOST_SHIFT = 0.1
"""Cumulative layout shift that counts as good (web.dev, Web Vitals)."""
COLOURS = ["color-contrast", "link-in-text-block"]
"""axe's rules whose answer changes with the theme."""
THEMES: tuple[Literal["dark"], Literal["light"]] = ("dark", "light")
SEEN_ONLY = [*COLOURS, "target-size", "scrollable-region-focusable", "meta-viewport"]
"""axe's rules whose answer changes with the width; the others are asked once a page."""
FACTS = """async () => {
  await document.fonts.ready
  return { shift: globalThis.shift, h1: document.querySelectorAll('h1').length, lang: document.documentElement.lang }
}"""
LIFT_VEILS = """() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('.ambient { display: none } .top::before, .door::after { content: none }')
  document.adoptedStyleSheets = [sheet]
}"""
"""Gradients behind the text: axe does not compute through them, and would call every contrast undecided."""
NO_PAGES = {
    "openid.come_back",
    "delivery.download", "delivery.gate_check", "delivery.picture_file", "delivery.public_object",
    "delivery.restricted_object", "feed.feed_news", "feed.follower_index", "feed.suggested_index",
    "machines.chapters", "machines.person_feed", "machines.robots", "machines.set_feed",
    "machines.sitemap_index", "machines.sitemap_page", "oembed.oembed", "posts.poll_show",
    "inbox.message_count", "inbox.notice_count",
    "installable.manifest", "installable.service_worker", "notifications.notification_menu",
    "messages.conversation_news", "notifications.notification_show", "operations.healthz", "operations.metrics",
    "operations.readyz", "plays.playback", "sets.queue_show", "texts.gpc", "texts.schema", "data.export_download",
    "adding.later_show", "share.share_open", "static", "stylesheet",
    "uploads.upload_index", "uploads.upload_show", "likes.like_queue", "reactions.reactions_show",
    "moments.moment_index", "admin.desk_show", "admin_dashboard.dashboard_csv",
    "transparency.figures_csv", "transparency.figures_json",
}  # fmt: skip
"""Answers for machines."""

PAGES: dict[str, dict[str, str]] = {
    "accounts.login": {"/login": "stranger"},
    "accounts.login_by_link": {"/login/link/{log_in}": "stranger", "/login/link/{log_in_elsewhere}": "stranger"},
    "accounts.login_sent": {"/login/sent": "stranger"},
    "accounts.password_forgot": {"/password/forgot": "stranger"},
    "accounts.password_reset": {"/password/reset/{reset_password}": "stranger"},
    "admin_dashboard.dashboard_show": {"/admin/dashboard": "dora"},
    "admin_audit.entry_index": {"/admin/audit": "dora", "/admin/audit?words=nothing-like-that": "dora"},
    "admin_audit.entry_show": {"/admin/audit/1": "dora"},
    "admin_find.find_show": {"/admin/find": "dora", "/admin/find?q=nothing-like-that": "dora"},
    "admin_place.announcement_edit": {"/admin/announcements/{announcement}": "dora"},
    "admin_place.announcement_index": {"/admin/announcements": "dora"},
    "admin_place.limit_index": {"/admin/limits": "dora"},
    "admin_place.realm_create": {"/admin/realms/new": "dora"},
    "admin_place.realm_edit": {"/admin/realms/screen": "dora"},
    "admin_place.realm_index": {"/admin/realms": "dora"},
    "admin_rules.rule_create": {"/admin/rules/new": "dora"},
    "admin_rules.rule_edit": {"/admin/rules/hate": "dora"},
    "admin_rules.rule_index": {"/admin/rules": "dora"},
    "admin_people.deed_show": {"/admin/people/{cleo_id}/role": "dora"},
    "admin_people.history_show": {"/admin/people/{cleo_id}/history": "dora"},
    "admin_people.person_index": {"/admin/people": "dora", "/admin/people?q=nobody": "dora"},
    "admin_people.person_show": {"/admin/people/{cleo_id}": "dora"},
    "admin_things.medium_show": {"/admin/media/{song}": "dora"},
    "admin_things.thing_index": {
        "/admin/media": "dora", "/admin/sets": "dora", "/admin/comments": "dora", "/admin/posts?hold=removed": "dora",
    },
    "admin_filter_hits.hit_index": {"/admin/filters/hits": "dora"},
    "admin_filter_hits.hit_show": {"/admin/filters/hits/{filter_hit}": "dora"},
    "admin_filters.rule_create": {"/admin/filters/new": "dora"},
    "admin_filters.rule_edit": {"/admin/filters/{filter_rule}": "dora"},
    "admin_filters.rule_index": {"/admin/filters": "dora"},
    "admin_filters.text_try": {"/admin/filters/try": "dora"},
    "admin_filters.trusted_index": {"/admin/filters/trusted": "dora"},
    "admin_takedowns.notice_index": {"/admin/takedowns": "dora", "/admin/takedowns?show=over": "dora"},
    "admin_takedowns.notice_show": {"/admin/takedowns/{takedown}": "dora", "/admin/takedowns/{takedown_new}": "dora"},
    "admin_takedowns.repeat_index": {"/admin/takedowns/repeat": "dora"},
    "admin_decisions.appeal_index": {"/admin/appeals": "dora"},
    "admin_decisions.appeal_show": {"/admin/appeals/{appeal}": "dora"},
    "admin_decisions.decision_show": {"/admin/decisions/{decision}": "dora"},
    "admin_queue.case_index": {"/admin/queue": "dora"},
    "admin_queue.case_show": {"/admin/queue/{case}": "dora"},
    "moderation_rules.rules": {"/rules": "stranger"},
    "reports.report_create": {"/report/medium/{song}": "stranger", "/report/comment/{comment}": "ben"},
    "reports.report_index": {"/settings/reports": "cleo"},
    "standing.appeal_create": {"/settings/standing/{decision}/appeal": "ada"},
    "standing.standing_show": {"/settings/standing": "ada cleo"},
    "my_takedowns.notice_counter": {"/settings/standing/takedowns/{takedown}/counter": "ada"},
    "my_takedowns.notice_index": {"/settings/standing/takedowns": "ada cleo"},
    "my_takedowns.notice_show": {"/settings/standing/takedowns/{takedown}": "ada"},
    "takedowns.notice_confirm": {"{takedown_confirm}": "stranger"},
    "takedowns.notice_create": {"/takedown": "stranger"},
    "takedowns.notice_sent": {"/takedown/sent": "stranger"},
    "takedowns.notice_show": {"{takedown_status}": "stranger"},
    "takedowns.notice_withdraw": {"{takedown_status}/withdraw": "stranger"},
    "transparency.figures_show": {"/transparency": "stranger"},
    "transparency.notice_index": {"/transparency/notices": "stranger"},
    "transparency.notice_show": {"/transparency/notices/{takedown_public}": "stranger"},
    "admin_settings.environment_show": {"/admin/settings/environment": "dora"},
    "admin_settings.option_index": {"/admin/settings": "dora"},
    "accounts.password_sent": {"/password/sent": "stranger"},
    "addresses.email_change": {"/email/change/{change_email}": "stranger"},
    "addresses.email_undo": {"/email/undo/{undo_email}": "stranger"},
    "addresses.email_verify": {"/email/verify/{verify_email}": "stranger"},
    "sign_up.signup": {"/signup": "stranger"},
    "sign_up.signup_confirm": {"/signup/confirm/{sign_up}": "stranger"},
    "sign_up.signup_sent": {"/signup/sent": "stranger"},
    "adding.membership_index": {"/media/{song}/sets": "ada cleo"},
    "confirm.confirm": {"/login/confirm": "ada"},
    "openid.sign_up": {"/signup/with": "stranger"},
    "passkeys.passkey_new": {"/settings/security/passkeys/new": "ada"},
    "second_step.ask": {"/login/factor": "stranger"},
    "security.authenticator_show": {"/settings/security/authenticator": "cleo"},
    "security.index": {"/settings/security": "ada"},
    "embeds.embed_medium_builder": {"/media/{film}/embed": "stranger"},
    "embeds.embed_set": {"/embed/sets/{set}": "stranger"},
    "embeds.embed_set_builder": {"/sets/{set}/embed": "stranger"},
    "set_pages.library_sets": {"/library/playlists": "ada ben"},
    "set_pages.person_sets": {"/@ada_lin/playlists": "stranger", "/@ben_okoro/playlists": "ben"},
    "set_pages.set_edit": {"/sets/{set}/edit": "ada"},
    "set_pages.set_new": {"/sets/new": "ada"},
    "set_pages.set_show": {"{set_url}": "stranger ada"},
    "comments.answer_new": {"/comments/{comment}/answer": "ada"},
    "comments.comment_edit": {"/comments/{comment}/edit": "cleo"},
    "comments.comment_index": {
        "/media/{song}/comments": "stranger ada cleo", "/media/{film}/comments?sort=time": "stranger",
        "/posts/{post}/comments": "ada",
    },
    "comments.comment_versions": {"/comments/{comment}/versions": "stranger"},
    "discovery.search": {"/search": "stranger", "/search?q=record": "stranger ada", "/search?q=silence": "stranger"},
    "likes.like_shelf": {"/library/likes": "ada cleo"},
    "likes.person_likes": {"/@cleo/likes": "stranger", "/@ben_okoro/likes": "ben"},
    "likes.person_reposts": {"/@cleo/reposts": "stranger", "/@ben_okoro/reposts": "ben"},
    "notification_settings.channels": {"/settings/notifications": "ada"},
    "notification_settings.unsubscribe_show": {"/unsubscribe/{unsubscribe}": "stranger"},
    "notifications.notification_index": {"/notifications": "ada cleo"},
    "message_reports.report_create": {"{talk_url}/report": "ada"},
    "message_reports.settings": {"/settings/messages": "ada"},
    "messages.conversation_show": {"{talk_url}": "ada ben", "{request_url}": "ada"},
    "messages.inbox": {"/messages": "ada cleo"},
    "messages.person_pick": {"/messages/new": "ada"},
    "messages.person_show": {"/messages/@cleo": "ben"},
    "messages.request_index": {"/messages/requests": "ada cleo"},
    "operations.styleguide": {"/styleguide": "stranger"},
    "reactions.like_index": {"/media/{song}/likes": "stranger ada"},
    "reactions.repost_index": {"/media/{song}/reposts": "ben"},
    "age.age_show": {"/age?next=/": "stranger ada"},
    "data.data_show": {"/settings/data": "ada"},
    "texts.privacy": {"/privacy": "stranger"},
    "texts.terms": {"/terms": "stranger"},
    "texts.version": {"/terms/1": "stranger"},
    "settings.account": {"/settings/account": "ada cleo"},
    "settings.playback": {"/settings/playback": "ada"},
    "settings.privacy": {"/settings/privacy": "ada"},
    "settings.profile": {"/settings/profile": "ada"},
    "settings.session_index": {"/settings/sessions": "ada"},
    "site.embed_medium": {"/embed/media/{song}": "stranger", "/embed/media/{film}": "stranger"},
    "site.history": {"/library/history": "ada cleo"},
    "site.home": {"/": "stranger ada"},
    "site.medium_show": {
        "{song_url}": "stranger ada", "{film_url}": "stranger ben", "{hidden_url}": "stranger", "{draft_url}": "ada",
    },
    "feed.feed_index": {"/feed": "ada cleo"},
    "feed.following_index": {"/library/following": "cleo"},
    "graph.block_confirm": {"/people/ben_okoro/block": "ada"},
    "graph.blocked_index": {"/settings/blocked": "ada"},
    "people.person_follows": {"/@ada_lin/followers": "stranger", "/@cleo/following": "cleo"},
    "person_posts.post_index": {"/@ada_lin/posts": "stranger ada cleo", "/@cleo/posts": "cleo"},
    "person_posts.post_show": {"/@ada_lin/posts/{post}": "stranger ada cleo"},
    "posts.post_edit": {"/posts/{post}/edit": "ada"},
    "posts.post_new": {"/posts/new": "ada"},
    "posts.version_index": {"/posts/{post}/versions": "stranger"},
    "people.person_show": {
        "/@ada_lin": "stranger ada", "/@ada_lin/tracks": "stranger", "/@ben_okoro/videos": "stranger",
        "/@cleo": "stranger cleo",
    },
    "site.realm_show": {"/music": "stranger ada", "/screen": "stranger", "/voice": "stranger"},
    "studio_comments.comment_index": {"/studio/comments": "ada", "/studio/comments?show=waiting": "ada"},
    "studio_links.link_index": {"/studio/links": "ada ben"},
    "studio_links.medium_links": {"/studio/media/{song}/links": "ada"},
    "studio_links.set_links": {"/studio/sets/{together}/links": "ada"},
    "set_editors.change_index": {"/sets/{together}/changes": "ben"},
    "set_editors.editor_index": {"/sets/{together}/editors": "ada ben"},
    "set_editors.invitation_show": {"/sets/invitations/{invitation}": "cleo"},
    "set_editors.presence_show": {"/sets/{together}/presence": "ada"},
    "set_editors.shared_index": {"/library/shared-sets": "ada ben cleo"},
    "studio.medium_edit": {"/studio/media/{song}": "ada", "/studio/media/{film}": "ben"},
    "studio.medium_index": {"/studio/media": "ada cleo"},
    "studio.medium_progress": {"/studio/media/{song}/progress": "ada"},
    "uploads.upload_page": {"/upload": "ada cleo"},
}  # fmt: skip
"""Endpoint to addresses, each with those who open it. Names in braces are filled in from the community."""
NOWHERE = "/nothing/at/all"


@pytest.fixture(scope="module")
def names(installation: Installation, community: Community) -> dict[str, str]:
    """What the braces in ``PAGES`` stand for."""
    hidden = refresh(installation, community.hidden_song)
    tokens: dict[str, str] = {}
    with installation.services():
        user = db.session.scalars(select(User).where(User.username == community.cleo.username)).one()
        kinds = {purpose.name.lower(): (purpose, None) for purpose in TokenPurpose}
        for name, (purpose, asked_in) in {**kinds, "log_in_elsewhere": (TokenPurpose.LOG_IN, b"another")}.items():
            row = MailedToken(
                id=uuid7(), user_id=user.id, purpose=purpose, email=user.email, asked_in=asked_in,
                asked_by="Mozilla/5.0 (Android 17) Firefox/150.0", expires_at=now() + timedelta(minutes=59),
            )  # fmt: skip
            tokens[name] = mailed_tokens.issue_token(row)
            db.session.add(row)
        said = announcements.announce_to_all(
            "For **staff**", audience=Audience.STAFF, tone=Tone.INFO, begins_at=None, ends_at=None, by=None
        )
        tokens["announcement"] = str(said.id)
        tokens["cleo_id"] = str(user.id)
        begun = SignUp(
            id=uuid7(), username="", email="new@example.org", email_key="new@example.org", token_digest=b"",
            expires_at=now() + timedelta(hours=1),
        )  # fmt: skip  # without the event that would have it mailed, and the token made anew
        tokens["sign_up"] = sign_up.issue_token(begun) or ""
        db.session.add(begun)
        tokens["unsubscribe"] = unsubscribing.address_of(user.id, MailChoice.DIGEST).rpartition("/")[2]
    return {
        **tokens, **names_together(installation, community), **names_of_notices(installation, community),
        **names_of_cases(installation, community), **names_of_filters(installation, community),
        "post": community.post, "comment": community.comment,
        "song": community.song.public_id, "song_url": community.song.url,
        "film": community.film.public_id, "film_url": community.film.url,
        "set": community.late_trains.public_id, "set_url": community.late_trains.url,
        **talk_urls(installation, community),
        "hidden_url": f"{hidden.url}?s={hidden.secret}", "draft_url": community.draft.url,
    }  # fmt: skip


def test_every_page_is_in_the_list(installation: Installation) -> None:
    endpoints = {rule.endpoint for rule in installation.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert endpoints == set(PAGES) | NO_PAGES


@pytest.mark.timeout(600)  # of a hundred pages, and for the first one the community is made
@pytest.mark.parametrize("viewer", ["stranger", "ada", "ben", "cleo", "dora"])
def test_nothing_stands_in_anybodys_way(
    viewer: str,
    names: dict[str, str],
    records: list[str],
    community: Community,
    new_context: Callable[..., BrowserContext],
    troubles: Troubles,
) -> None:
    troubles.expect(f"404.*{NOWHERE}")
    assert AXE.exists(), f"{AXE} is missing: `make install` brings it."
    assert records
    people = {
        "stranger": None, "ada": community.ada, "ben": community.ben, "cleo": community.cleo, "dora": community.dora,
    }  # fmt: skip
    context = new_context(people[viewer], reduced_motion="reduce", color_scheme="dark")
    addresses = [
        address.format_map(names)
        for samples in PAGES.values()
        for address, viewers in samples.items()
        if viewer in viewers.split()
    ]
    page, titles, wrong = context.new_page(), defaultdict[str, set[str]](set), list[str]()
    for address in [*addresses, NOWHERE]:
        sizes = [NARROW, DESKTOP] if viewer == "stranger" else [DESKTOP]
        wrong += [f"{address}: {problem}" for problem in look_at(page, address, sizes)]
        titles[page.title()].add(urlsplit(page.url).path)  # some lead elsewhere
    wrong += [f"{paths} are called “{title}”" for title, paths in titles.items() if len(paths) > 1 or not title]
    assert not wrong, "\n".join(wrong)


def look_at(page: Page, address: str, sizes: Sequence[ViewportSize]) -> Iterator[str]:
    """What is wrong with a page, as sentences; it is loaded anew at each of ``sizes``, of which the last is wide.

    Every page is looked at in one theme when it is wide and in the other when it is narrow; which in which depends on
    its address. So the frame that pages share is looked at in all four ways, and a page itself in two: asking for
    contrasts is what takes axe the longest.
    """
    wide, narrow = THEMES if crc32(address.partition("?")[0].encode()) % 2 else THEMES[::-1]
    page.emulate_media(color_scheme=wide)
    for size in sizes:
        page.set_viewport_size(size)
        page.goto(address)
        facts = page.evaluate(FACTS)
        if facts["shift"] > MOST_SHIFT:
            yield f"it shifts by {facts['shift']:.2f} at {size['width']} px"
        if facts["h1"] != 1:
            yield f"it has {facts['h1']} h1"
        if facts["lang"] != "en":
            yield "it does not say its language"
    page.evaluate(AXE.read_text())
    page.evaluate(LIFT_VEILS)
    yield from barriers(page, f"{wide}, wide")
    page.emulate_media(color_scheme=narrow)
    page.set_viewport_size(NARROW)
    yield from barriers(page, f"{narrow}, narrow", SEEN_ONLY)
    page.set_viewport_size(NARROWEST)
    width = page.evaluate("() => document.documentElement.scrollWidth")
    if width > NARROWEST["width"]:
        yield f"it is {width} px wide on a screen of {NARROWEST['width']}"


def barriers(page: Page, where: str, rules: list[str] | None = None) -> Iterator[str]:
    """What axe finds, by all of its rules or some."""
    options = {"resultTypes": ["violations"], "preload": False, **({"runOnly": rules} if rules else {})}
    found: list[dict[str, Any]] = page.evaluate(
        "(options) => axe.run(document, options).then((it) => it.violations)", options
    )
    for violation in found:
        nodes = "; ".join(f"{node['target'][0]} {_why(node)}" for node in violation["nodes"][:4])
        yield f"{where}, {violation['id']}: {violation['help']} ({len(violation['nodes'])}): {nodes}"


def _why(node: dict[str, Any]) -> str:
    """The numbers of a contrast that is too low; "" for others."""
    data = next((check["data"] for check in node["any"] if isinstance(check["data"], dict)), {})
    return f"{data['fgColor']} on {data['bgColor']}, {data['contrastRatio']}" if "contrastRatio" in data else ""
