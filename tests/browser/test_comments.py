"""Two people at one song: what one says at a second, the other sees pass; and what was typed outlives a lost line."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.community import Community, Person, Work
from tests.browser.sound import AUDIO, wait_for_sound
from tests.browser.watch import Troubles


def open_comments(page: Page) -> None:
    page.evaluate("() => document.getElementById('comments').scrollIntoView()")
    expect(page.locator(".comment-form")).to_be_visible()


def test_one_comments_at_a_second_and_the_other_who_plays_sees_it_pass(
    community: Community, open_page: Callable[..., Page]
) -> None:
    song: Work = community.second_song
    ada = open_page(song.url, community.ada)
    ada.get_by_role("button", name=f"Play {song.title}", exact=True).first.click()
    wait_for_sound(ada, element=AUDIO)

    cleo = open_page(song.url, community.cleo)
    open_comments(cleo)
    cleo.get_by_label("Your comment", exact=True).fill("this drop <b>!</b>")
    cleo.get_by_label("The moment it is about").fill("0:12")
    cleo.get_by_role("button", name="Comment at 0:12").click()
    expect(cleo.locator(".comment__words")).to_have_text("this drop <b>!</b>")
    expect(cleo.get_by_label("Your comment", exact=True)).to_have_value("")

    face = ada.get_by_role("button", name=re.compile("Cleo at 0:12: this drop"))
    expect(face).to_be_attached()
    ada.evaluate(f"() => {{ {AUDIO}.currentTime = 11.3 }}")
    passing = ada.locator(".passing")
    expect(passing).to_contain_text("this drop <b>!</b>")
    expect(passing).to_be_hidden(timeout=8000)

    open_comments(ada)
    ada.get_by_role("switch", name="Show as they pass").uncheck()
    ada.evaluate(f"() => {{ {AUDIO}.currentTime = 11.5 }}")
    ada.wait_for_function(f"() => {AUDIO}.currentTime > 12.8")
    expect(passing).to_be_hidden()
    face.focus()
    expect(passing).to_contain_text("this drop")
    face.press("Enter")
    ada.wait_for_function(f"() => {AUDIO}.currentTime < 12.7")
    ada.reload()
    open_comments(ada)
    expect(ada.get_by_role("switch", name="Show as they pass")).not_to_be_checked()


def test_what_is_typed_before_the_script_came_is_kept_too(
    community: Community, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(community.cleo, service_workers="block").new_page()
    held: list[Route] = []
    script = re.compile("/behaviours/comment-draft")

    def hold(route: Route) -> None:
        held.append(route)

    page.route(script, hold)
    with page.expect_request(script):
        page.goto(community.song.url)
        open_comments(page)
    page.get_by_label("Your comment", exact=True).fill("early words")
    with page.expect_response(script):
        held[0].continue_()
    page.evaluate("() => import('behaviours/comment-draft')")
    page.unroute(script)
    page.reload()
    open_comments(page)
    expect(page.get_by_label("Your comment", exact=True)).to_have_value("early words")


def test_what_is_typed_survives_a_lost_network_and_a_reload(
    community: Community, new_context: Callable[..., BrowserContext], troubles: Troubles
) -> None:
    who: Person = community.cleo
    troubles.expect(r"ERR_INTERNET_DISCONNECTED|Failed to fetch|WebSocket")
    context = new_context(who)
    page = context.new_page()
    page.goto(f"{community.song.url}")
    open_comments(page)
    page.get_by_label("Your comment", exact=True).fill("not lost")
    context.set_offline(True)
    page.locator(".comment-form").get_by_role("button", name=re.compile("^Comment")).click()
    expect(page.locator(".comment-form [data-problem]")).to_contain_text("What you wrote is kept here")
    context.set_offline(False)
    page.reload()
    open_comments(page)
    expect(page.get_by_label("Your comment", exact=True)).to_have_value("not lost")
    page.locator(".comment-form").get_by_role("button", name=re.compile("^Comment")).click()
    expect(page.locator(".comment__words", has_text="not lost")).to_have_count(1)
    page.reload()
    open_comments(page)
    expect(page.get_by_label("Your comment", exact=True)).to_have_value("")
