"""What may come in by the form: hostile, empty, sent twice, about things that are not for the sender to know."""

from typing import Any

from sqlalchemy import func, select

from app.accounts.models import Apart
from app.core.holds import Hold
from app.moderation.takedown_models import Complainant, TakedownClaim, TakedownNotice
from tests.factories.comments import add_comment
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.functional.moderation.takedowns.conftest import EMAIL, FORM, Make, Stage
from tests.harness.mail import link_path


def post(stage: Stage, browser: Any = None, **values: str) -> Any:
    return (browser or stage.client).submit("/takedown", {**FORM, "addresses": stage.url, **values})


WRONG = [
        ("name", ""), ("role", ""), ("role", "king"), ("email", "nobody"), ("email", "a" * 300 + "@x.example"),
        ("works", ""), ("works", "x" * 5001), ("addresses", ""), ("addresses", "x" * 60_001),
        ("good_faith", ""), ("accuracy", ""),
        ("signature", ""), ("addresses", "https://elsewhere.example/x"), ("addresses", "http://127.0.0.1/@ada"),
        ("addresses", "http://127.0.0.1/@ada/nothing"), ("addresses", "\0"), ("addresses", "http://[::1"),
        ("addresses", "\n".join(f"http://127.0.0.1/@ada/{number}" for number in range(101))),
    ]  # fmt: skip


def test_what_is_no_notice_is_said_beside_its_field_and_nothing_is_kept(stage: Stage) -> None:
    for field, value in WRONG:
        answer = post(stage, **{field: value})
        assert answer.status_code == 422, (field, value[:50])
        assert "field__error" in answer.text
    assert not stage.session.scalar(select(func.count()).select_from(TakedownNotice))


def test_a_hundred_kilobytes_and_signs_that_are_not_seen_are_kept_out(stage: Stage) -> None:
    answer = post(stage, name="Jo\u202e \u200bDoe\0", works="A\u200b song", organisation="\u202ex")
    assert answer.status_code == 303
    notice = stage.session.scalars(select(TakedownNotice)).one()
    assert (notice.name, notice.works, notice.organisation) == ("Jo Doe", "A song", "x")
    assert post(stage, works="x" * 100_000).status_code == 422


def test_the_same_form_sent_twice_is_one_notice_and_one_mail(stage: Stage) -> None:
    assert [post(stage).status_code for _ in range(2)] == [303, 303]
    assert stage.session.scalar(select(func.count()).select_from(TakedownNotice)) == 1
    assert len(stage.subjects()) == 1


def test_nobodys_mailbox_is_filled_through_the_form(stage: Stage) -> None:
    answers = [post(stage, sending=str(number)).status_code for number in range(4)]
    assert answers == [303, 303, 303, 422]


def test_a_notice_that_nobody_confirms_lapses_and_is_forgotten(stage: Stage) -> None:
    reference = stage.send(confirmed=False)
    stage.settle()
    confirm = link_path(stage.mail.to(EMAIL)[0])
    stage.pass_time(4)
    assert stage.notice(reference).state == "lapsed"
    assert "has lapsed" in stage.client.get(confirm).text
    assert stage.client.submit(confirm).status_code == 410
    stage.pass_time(30)
    assert not stage.session.scalar(select(func.count()).select_from(TakedownNotice))


def test_a_members_own_address_needs_no_confirmation_and_another_does(stage: Stage, make_person: Make) -> None:
    member = stage.browser(make_person(username="member"))
    assert 'value="member@example.org"' in member.get("/takedown").text
    answer = post(stage, member, email="Member@example.org")
    assert answer.location.startswith("/takedown/notices/")
    assert post(stage, member, sending="two").location == "/takedown/sent"
    unverified = stage.browser(make_person(username="unproven", email_verified_at=None))
    assert post(stage, unverified, email="unproven@example.org", sending="three").location == "/takedown/sent"


def test_ones_own_work_is_refused_and_a_block_keeps_no_notice_away(stage: Stage, make_person: Make) -> None:
    own = post(stage, stage.browser(stage.ada), email=stage.ada.email)
    assert own.status_code == 422
    assert "delete it yourself" in own.text
    blocked = make_person(username="blocked")
    stage.session.add_all(
        [Apart(person_id=stage.ada.id, other_id=blocked.id), Apart(person_id=blocked.id, other_id=stage.ada.id)]
    )
    stage.session.commit()
    assert post(stage, stage.browser(blocked), email=blocked.email).status_code == 303


def test_the_form_does_not_tell_what_is_hidden(stage: Stage, make_medium: Make) -> None:
    hidden = [
        make_medium(stage.ada, visibility="private"), make_medium(stage.ada, visibility="unlisted"),
        make_medium(stage.ada, hold=Hold.REMOVED, withheld=True),
        make_medium(stage.ada, published_at=None),
    ]  # fmt: skip
    sentences = {post(stage, addresses=stage.url_of(one)).text.split("field__error")[1][:300] for one in hidden}
    sentences.add(post(stage, addresses="http://127.0.0.1/@ada/nothing").text.split("field__error")[1][:300])
    assert len(sentences) == 1
    unlisted = hidden[1]
    assert post(stage, addresses=f"{stage.url_of(unlisted)}?s={unlisted.link_secret}").status_code == 303


def test_works_sets_posts_comments_and_embeds_are_found_each_once(stage: Stage) -> None:
    one = add_set(stage.session, stage.ada, [stage.session.merge(stage.song)])
    words = add_post(stage.session, stage.ada)
    comment = add_comment(stage.session, stage.ada, stage.session.merge(stage.song))
    addresses = [
        stage.path, stage.url.upper().replace("@ADA", "@ada").replace("WORK", "work"),
        f"{stage.url}?t=3", f"/embed/media/{stage.song.public_id}", f"/@ada/sets/{one.slug}",
        f"/embed/sets/{one.public_id}", f"/@ada/posts/{words.public_id}", f"{stage.path}?comment={comment.public_id}",
        f"/comments/{comment.public_id}", "/@ada/sets/none", "/@nobody/x", "/@ada/posts/none", "/embed/media/none",
        "/comments", "ftp://127.0.0.1/@ada/x", "not an address at all", "/@ada",
    ]  # fmt: skip
    post_path, reference = f"/@ada/posts/{words.public_id}", stage.send(addresses)
    notice = stage.notice(reference)
    kinds = stage.session.scalars(select(TakedownClaim.kind).where(TakedownClaim.notice_id == notice.id)).all()
    assert sorted(kinds) == ["comment", "medium", "post", "set"]
    assert len(notice.unfound) == 8
    stage.decide(reference)
    assert stage.states(reference) == ["standing"] * 4
    desk = stage.browser(stage.mod)
    assert "A post by Ada" in desk.get(f"/admin/takedowns/{reference}").text
    hers = stage.browser(stage.ada)
    claims = [str(one) for one in stage.session.scalars(select(TakedownClaim.id))]
    assert hers.submit(f"/settings/standing/takedowns/{reference}/agree", {"claims": claims}).status_code == 303
    assert stage.states(reference) == ["conceded"] * 4
    assert hers.get(post_path).status_code == 404


def test_what_says_the_same_as_an_earlier_notice_becomes_a_part_of_it(stage: Stage, make_medium: Make) -> None:
    other = make_medium(stage.ada)
    first = stage.send([stage.url, stage.url_of(other)])
    again = stage.send(works="Once more, with feeling")
    assert stage.notice(again).state == "merged"
    assert stage.notice(again).merged_into_id == stage.notice(first).id
    assert stage.states(again) == ["merged"]
    assert stage.subjects()[-1].endswith("is part of an earlier one")
    stranger = stage.send(email="other@label.example")
    assert stage.notice(stranger).state == "waiting", "somebody else's notice is their own"
    desk = stage.browser(stage.mod)
    assert "with feeling" in desk.get(f"/admin/takedowns/{first}").text
    refused = desk.submit(f"/admin/takedowns/{first}/merge", {"into": stranger})
    assert refused.status_code == 422
    assert desk.submit(f"/admin/takedowns/{first}/merge", {"into": "TDNOTHING"}).status_code == 404
    wide = stage.send([stage.url, stage.url_of(other), stage.url_of(make_medium(stage.ada))])
    assert desk.submit(f"/admin/takedowns/{first}/merge", {"into": wide.lower()}).status_code == 303
    assert stage.states(first) == ["merged", "merged"]


def test_an_address_that_was_changed_leads_nowhere(stage: Stage) -> None:
    for path in ("/takedown/notices/TD23456789.x", "/takedown/confirm/TD23456789.x", "/takedown/notices/ü"):
        assert stage.client.get(path).status_code == 404
        assert stage.client.submit(path + "/withdraw").status_code == 404


def test_two_at_once_with_one_address_are_one_complainant(stage: Stage) -> None:
    stage.send(email="A@label.example")
    stage.send(email="a@LABEL.example", addresses=[stage.url])
    assert stage.session.scalar(select(func.count()).select_from(Complainant)) == 1
