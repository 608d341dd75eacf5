"""A report becomes a decision, the decision an appeal, and the appeal brings everything back."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.community import Community, add_person_to, add_post_to
from tests.browser.installation import Installation
from tests.browser.test_every_page import AXE
from tests.browser.watch import Troubles


def test_what_is_reported_is_removed_appealed_and_back_again(
    installation: Installation, community: Community, open_page: Callable[..., Page], troubles: Troubles
) -> None:
    post = f"/@{community.ada.username}/posts/{add_post_to(installation, community.ada, community.song)}"
    troubles.expect(f"404.*{post}")
    first = add_person_to(installation, "mod_one", "Mod One", role="moderator")
    second = add_person_to(installation, "mod_two", "Mod Two", role="moderator")

    fan = open_page(post, community.cleo)
    fan.get_by_label("Post", exact=True).first.click()
    troubles.expect("422.*/report/post")
    fan.get_by_role("link", name="Report").first.click()
    dialog = fan.get_by_role("dialog", name="Report this post")
    dialog.get_by_role("button", name="Report").click()
    expect(dialog.get_by_text("Choose what is wrong.")).to_be_visible()
    fan.evaluate(AXE.read_text())
    assert fan.evaluate("axe.run('dialog[open]').then((it) => it.violations.map((one) => one.id))") == []
    dialog.get_by_label("No threats", exact=False).check()
    dialog.get_by_label("What should we know?").fill("It asks which one goes first.")
    dialog.get_by_role("button", name="Report").click()
    expect(fan.get_by_text("Thank you. The moderators look at it")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(fan.get_by_label("Post", exact=True).first).to_be_focused()
    expect(fan).to_have_url(re.compile(f"{post}$"))

    desk = open_page("/admin/queue", first)
    desk.get_by_role("button", name="Next case").click()
    expect(desk.get_by_text("It asks which one goes first.")).to_be_visible()
    desk.locator("h1").click()
    desk.keyboard.press("1")
    expect(desk.get_by_label("Hide it")).to_be_checked()
    desk.keyboard.press("2")
    expect(desk.get_by_label("Remove it")).to_be_checked()
    desk.keyboard.press("d")
    expect(desk.get_by_text("Decided. The statement is on its way.")).to_be_visible()
    gone = fan.goto(post)
    assert gone is not None
    assert gone.status == 404

    author = open_page("/settings/standing", community.ada)
    expect(author.get_by_text("Your post was removed")).to_be_visible()
    author.get_by_role("link", name="Appeal").first.click()
    author.get_by_label("Why is this wrong?").fill("It is about records.")
    author.get_by_role("button", name="Send the appeal").click()
    expect(author.get_by_text("Your appeal is here.")).to_be_visible()

    other = open_page("/admin/appeals", second)
    other.get_by_role("link", name="Your post was removed").first.click()
    other.get_by_label("It is reversed").check()
    other.get_by_label("Reasons").fill("It is about records indeed.")
    other.get_by_role("button", name="Answer").click()
    expect(other.get_by_text("Answered. They are told.")).to_be_visible()

    fan.goto(post)
    expect(fan.get_by_text("Which one").first).to_be_visible()
    author.goto("/settings/standing")
    expect(author.get_by_text(re.compile("Your appeal was granted: It is about records indeed."))).to_be_visible()
