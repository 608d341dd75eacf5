"""Event to reaction: the whole story of what follows from what; and which doors the application has.

A light reaction runs in the spine; everything else is an errand: a job that holds ids, rung for until it is done.
"""

from collections.abc import Callable
from uuid import UUID

from flask import Flask

from app.accounts import cli as accounts_cli
from app.accounts import (
    confirm_views,
    door_models,
    factor_models,
    mail_views,
    openid_views,
    passkey_views,
    second_step_views,
    security_views,
    settings_views,
    sign_up_views,
)
from app.accounts import events as accounts
from app.accounts import sockets as account_sockets
from app.accounts import views as account_views
from app.admin import (
    audit_views,
    dashboard_views,
    decision_views,
    desk,
    desk_views,
    filter_hit_views,
    filter_views,
    find_views,
    people_views,
    place_views,
    queue_views,
    things_views,
)
from app.admin import rule_views as admin_rule_views
from app.admin import settings_views as admin_settings_views
from app.admin import takedown_views as admin_takedown_views
from app.core import audit, options, pictures, tallies
from app.core.live import announce
from app.core.queue import MEDIA, ring_often
from app.demo import cli as demo_cli
from app.discovery import views as discovery_views
from app.extensions import socketio
from app.media import cli as media_cli
from app.media import delivery_views, jobs, shown, upload_views
from app.media import events as media
from app.media import sockets as media_sockets
from app.media.realms import realms
from app.messaging import (
    announcements,
    inbox,
    inbox_views,
    installable_views,
    message_views,
    notice_cli,
    notice_jobs,
    notice_settings_views,
    notice_views,
    report_views,
)
from app.messaging import events as messaging
from app.messaging import models as messaging_models
from app.messaging import sockets as messaging_sockets
from app.messaging.services import conversations, gathering
from app.moderation import events as moderation
from app.moderation import (
    filter_cli,
    filter_events,
    filter_models,
    guards,
    picture_queries,
    rule_views,
    standing_views,
    takedown_standing_views,
    takedown_telling,
    takedown_views,
    transparency_views,
)
from app.moderation import models as moderation_models
from app.moderation import report_views as reporting_views
from app.moderation import takedown_events as takedowns
from app.moderation.services import farewells, filter_evidence, filter_hits, takedown_farewell
from app.moderation.services.filter_screen import FilterScreen
from app.operations import audit_cli, tasks_cli
from app.operations import cli as operations_cli
from app.operations import views as operations_views
from app.operations.errands import Errand
from app.operations.migrations_cli import register_migrations
from app.operations.relay import Reaction, Reactions, Together, at_once
from app.operations.spine import WORK
from app.playlists import adding_views, passes
from app.playlists import events as playlists
from app.playlists import jobs as playlist_jobs
from app.playlists import sockets as playlist_sockets
from app.playlists import views as playlist_views
from app.playlists.queries import find_covered
from app.playlists.services import sets as set_services
from app.plays import views as play_views
from app.rights import cli as rights_cli
from app.rights import data_views, text_views
from app.rights import events as rights
from app.rights import models as rights_models
from app.rights import telling as rights_telling
from app.site import (
    age_views,
    announcement_views,
    editor_views,
    embed_views,
    feed_views,
    like_views,
    machine_views,
    oembed_views,
    person_views,
    post_views,
    set_views,
    share_views,
)
from app.site import views as site_views
from app.site.meta import register_meta
from app.social import cli as social_cli
from app.social import comment_views, graph_views, moment_views, post_jobs, reaction_views, subjects
from app.social import events as social
from app.social import post_views as posting_views
from app.social.post_forms import PostForm
from app.social.queries.posts import find_posts_showing
from app.social.services import activities, comments, feed_watchers, graph, posts, reactions
from app.social.sockets import comments as social_comments
from app.social.sockets import feed as social_feed
from app.social.sockets import tallies as social_tallies
from app.social.threads import topic_of
from app.studio import comment_views as studio_comment_views
from app.studio import link_views
from app.studio import views as studio_views
from app.web import topics
from config import Settings

PORTRAITS: list[Reaction] = [
    lambda event: at_once(jobs.close_portraits_at_once, str(event.user_id)),
    Errand("app.media.jobs.follow_portraits", lambda event: (str(event.user_id),)),
]
"""Nobody has the portrait of somebody whom nobody is to find."""

FOLLOWING: list[Reaction] = [
    account_sockets.close_sockets_of_barred,
    lambda event: at_once(jobs.follow_account, str(event.user_id)),
    lambda event: at_once(playlist_jobs.follow_account, str(event.user_id)),
    lambda event: at_once(post_jobs.follow_account, str(event.user_id)),
    *PORTRAITS,
    Errand("app.media.jobs.follow_account", lambda event: (str(event.user_id),)),
    Errand("app.playlists.jobs.follow_account", lambda event: (str(event.user_id),)),
    Errand("app.social.post_jobs.follow_account", lambda event: (str(event.user_id),)),
]
"""What someone published follows what moderators decide about them."""

REACTIONS: Reactions = {
    accounts.SignUpBegun: [Errand("app.accounts.jobs.mail_sign_up", lambda event: (str(event.sign_up_id),))],
    accounts.LinkWished: [Errand("app.accounts.jobs.mail_wished_link", lambda event: (str(event.wish_id),))],
    accounts.MailRequested: [Errand("app.accounts.jobs.mail_link", lambda event: (str(event.token_id),))],
    accounts.AccountNotice: [
        Errand("app.accounts.jobs.mail_notice", lambda event: (str(event.user_id), event.email, event.notice))
    ],
    accounts.SessionRevoked: [account_sockets.close_sockets],
    accounts.AccountClosing: [
        *PORTRAITS,
        lambda event: at_once(jobs.follow_account, str(event.user_id)),
        lambda event: at_once(playlist_jobs.follow_account, str(event.user_id)),
        Errand("app.media.jobs.follow_account", lambda event: (str(event.user_id),)),
        Errand("app.playlists.jobs.follow_account", lambda event: (str(event.user_id),)),
        lambda event: at_once(post_jobs.follow_account, str(event.user_id)),
        Errand("app.social.post_jobs.follow_account", lambda event: (str(event.user_id),)),
    ],
    accounts.AccountKept: [
        *PORTRAITS,
        Errand("app.media.jobs.follow_account", lambda event: (str(event.user_id),)),
        Errand("app.playlists.jobs.follow_account", lambda event: (str(event.user_id),)),
        lambda event: at_once(post_jobs.follow_account, str(event.user_id)),
        Errand("app.social.post_jobs.follow_account", lambda event: (str(event.user_id),)),
    ],
    accounts.PersonBarred: FOLLOWING,
    accounts.PersonKept: FOLLOWING,
    moderation.DecisionMade: [Errand("app.moderation.jobs.tell_of_decision", lambda event: (str(event.decision_id),))],
    moderation.DecisionReversed: [
        Errand("app.moderation.jobs.tell_of_reversal", lambda event: (str(event.decision_id),)),
        Errand("app.moderation.filter_jobs.follow_reversal", lambda event: (str(event.decision_id),)),
    ],
    moderation.DecisionEnded: [Errand("app.moderation.jobs.tell_of_end", lambda event: (str(event.decision_id),))],
    moderation.CaseClosed: [
        Errand("app.moderation.jobs.tell_reporters", lambda event: (str(event.case_id),)),
        Errand("app.moderation.filter_jobs.follow_case", lambda event: (str(event.case_id),)),
    ],
    moderation.AppealDecided: [
        Errand("app.moderation.jobs.tell_of_appeal", lambda event: (str(event.appeal_id),)),
        Errand("app.moderation.filter_jobs.follow_appeal", lambda event: (str(event.appeal_id),)),
    ],
    messaging.MessageReported: [
        Errand("app.moderation.jobs.take_message_report", lambda event: (str(event.report_id),))
    ],
    pictures.PictureGateChanged: [
        lambda event: at_once(jobs.close_pictures_at_once, event.picture_ids),
        Errand("app.media.jobs.place_pictures", lambda event: (event.picture_ids,)),
    ],
    pictures.PictureDropped: [
        lambda event: at_once(jobs.take_out_of_the_open, event.prefix),
        Errand("app.media.jobs.delete_objects", lambda event: (event.prefix,)),
    ],
    media.TasksWaiting: [lambda event: ring_often(MEDIA, WORK, event.count)],
    media.MediumRestricted: [
        lambda event: at_once(jobs.close_at_once, str(event.medium_id)),
        Errand("app.media.jobs.move_to_new_keys", lambda event: (str(event.medium_id),)),
    ],
    media.MediumListed: [
        lambda event: at_once(activities.note_listed_medium, str(event.medium_id)),
        Errand("app.social.jobs.note_listed_medium", lambda event: (str(event.medium_id),)),
        Together(notice_jobs.begin_release),
    ],
    playlists.SetPublished: [
        lambda event: at_once(activities.note_published_set, str(event.set_id)),
        Errand("app.social.jobs.note_published_set", lambda event: (str(event.set_id),)),
        Together(notice_jobs.begin_set),
    ],
    media.MediumOpened: [Errand("app.media.jobs.place_files", lambda event: (str(event.medium_id),))],
    media.VersionExposed: [Errand("app.media.jobs.warm_version", lambda event: (str(event.version_id),))],
    media.VersionFinished: [Errand("app.media.jobs.warm_version", lambda event: (str(event.version_id),))],
    media.ObjectsDropped: [
        lambda event: at_once(jobs.take_out_of_the_open, event.prefix),
        Errand("app.media.jobs.delete_objects", lambda event: (event.prefix,)),
    ],
    media.UploadEnded: [Errand("app.media.jobs.free_upload", lambda event: (event.storage_key, event.multipart_id))],
    media.ShareLinkEnded: [lambda event: announce(f"making:{event.public_id}")],
    media.MediumChanged: [lambda event: announce(f"making:{event.public_id}")],
    takedowns.TakedownLetterDue: [
        Errand(
            "app.moderation.takedown_jobs.mail_letter",
            lambda event: (event.letter, str(event.notice_id), event.party_id),
        ),
        Together(notice_jobs.together(takedown_telling.of_letters)),
    ],
    social.FeedGrew: [lambda event: feed_watchers.tell_watchers(event.actor_id)],
    messaging.MessageSent: [
        announcements.tell_of_message,
        Together(notice_jobs.together(gathering.of_messages)),
    ],
    messaging.ConversationChanged: [announcements.tell_of_change],
    social.CommentsChanged: [lambda event: announce(topic_of(event.kind, event.public_id))],
    playlists.EditorsChanged: [lambda event: announce(f"presence:{event.public_id}")],
    playlists.SetChanged: [lambda event: announce(f"set:{event.public_id}")],
    social.PersonFollowed: [Together(notice_jobs.together(gathering.of_follows))],
    social.PersonBlocked: [
        lambda event: at_once(playlist_jobs.part_people, str(event.blocker_id), str(event.blocked_id)),
        Errand("app.playlists.jobs.part_people", lambda event: (str(event.blocker_id), str(event.blocked_id))),
        Errand(
            "app.messaging.notice_jobs.forget_between", lambda event: (str(event.blocker_id), str(event.blocked_id))
        ),
    ],
    social.ThingLiked: [Together(notice_jobs.together(gathering.of_likes))],
    social.ThingReposted: [Together(notice_jobs.together(gathering.of_reposts))],
    social.CommentWritten: [
        Errand("app.messaging.notice_jobs.tell_of_comment", lambda event: (str(event.comment_id),))
    ],
    social.CommentHeld: [
        Errand("app.messaging.notice_jobs.tell_of_held_comment", lambda event: (str(event.comment_id),))
    ],
    social.CommentHearted: [Errand("app.messaging.notice_jobs.tell_of_heart", lambda event: (str(event.comment_id),))],
    social.PostPublished: [
        Together(notice_jobs.begin_post),
        Errand("app.messaging.notice_jobs.tell_of_post_mentions", lambda event: (str(event.post_id),)),
    ],
    playlists.EditorInvited: [
        Errand("app.messaging.notice_jobs.tell_of_invitation", lambda event: (str(event.invitation_id),))
    ],
    rights.ExportMade: [Together(notice_jobs.together(rights_telling.of_exports))],
    filter_events.ChildSafetyHit: [Errand("app.moderation.filter_jobs.alarm", lambda event: (str(event.hit_id),))],
    filter_events.RescanAsked: [Errand("app.moderation.filter_jobs.rescan", lambda _event: ())],
    filter_events.TrialAsked: [Errand("app.moderation.filter_jobs.try_rules", lambda _event: ())],
}

FAREWELLS: list[Callable[[UUID], None]] = [
    takedown_farewell.say_farewell,
    posts.delete_posts_of, set_services.delete_sets_of, graph.end_follows_of, reactions.take_back_all_of,
    conversations.farewell,
    comments.say_farewell,
    farewells.say_farewell,
    filter_hits.forget_author,
]  # fmt: skip
"""What domains do before a person's row goes for good, in the same transaction: what the database does not do alone."""

REPORTING = (reporting_views, standing_views, rule_views, queue_views, decision_views)
"""Reports, what was decided about one, the rules; the queue, decisions and appeals on the desk."""

DOORS: dict[str, topics.Door] = {
    "comments": social_comments.watch_comments,
    "feed": social_feed.watch_feed,
    "inbox": inbox.watch_inbox,
    "conversation": messaging_sockets.watch_conversation,
    "making": media_sockets.watch_making,
    "presence": playlist_sockets.watch_presence,
    "set": playlist_sockets.watch_set,
    "tally": social_tallies.watch_tally,
}
"""What pages can watch over their socket, by the first word of its name."""

DESK = (
    desk_views, dashboard_views, people_views, things_views, place_views, find_views, admin_settings_views,
    admin_takedown_views, filter_views, filter_hit_views, audit_views, admin_rule_views,
)  # fmt: skip
"""The pages of the desk, for which ``app/admin/desk.py`` has the list."""

TAKEDOWNS = (takedown_views, takedown_standing_views, transparency_views)
"""Notices about rights: for complainants, for those complained of, for everyone."""

OF_LOG_IN = (
    sign_up_views, mail_views, confirm_views, second_step_views, security_views, passkey_views, openid_views,
)  # fmt: skip
OF_RIGHTS = (age_views, text_views, data_views)
TABLES = (
    subjects,
    tallies,
    audit,
    options,
    messaging_models,
    factor_models,
    door_models,
    moderation_models,
    rights_models,
    moderation_models,
    rights_models,
    filter_models,
)
"""Imported so that all tables that others refer to are known."""


def register(app: Flask, settings: Settings) -> None:
    """Hang doors, sockets, commands and reactions on ``app``."""
    app.extensions["reactions"] = REACTIONS
    app.extensions["passes"] = passes.answer
    app.extensions["farewells"] = FAREWELLS
    app.extensions["picture_finders"] = (
        shown.find_people, shown.find_media, find_posts_showing, find_covered, picture_queries.find_taken_away,
    )  # fmt: skip
    app.extensions["screen"] = FilterScreen()
    app.extensions["evidence"] = filter_evidence.find_kept
    for views in (operations_views, account_views, settings_views, upload_views, delivery_views, play_views):
        app.register_blueprint(views.bp)
    for views in (playlist_views, adding_views, set_views, embed_views):
        app.register_blueprint(views.bp)
    for views in (discovery_views, studio_views, site_views, person_views, graph_views, feed_views):
        app.register_blueprint(views.bp)
    for views in (posting_views, post_views, link_views, share_views, like_views, editor_views):
        app.register_blueprint(views.bp)
    for views in (inbox_views, notice_views, notice_settings_views, installable_views):
        app.register_blueprint(views.bp)
    app.register_blueprint(reaction_views.bp)
    tallies.keep_with(reactions.keep_comment_likes)
    for views in (*OF_RIGHTS, *OF_LOG_IN, message_views, report_views):
        app.register_blueprint(views.bp)
    for commands in (
        accounts_cli,
        operations_cli,
        tasks_cli,
        audit_cli,
        media_cli,
        social_cli,
        notice_cli,
        rights_cli,
        demo_cli,
        filter_cli,
    ):
        app.register_blueprint(commands.bp)
    for views in (comment_views, moment_views, studio_comment_views, *DESK, *REPORTING, *TAKEDOWNS):
        app.register_blueprint(views.bp)
    app.jinja_env.globals.update(desk_sections=desk.sections, desk_waiting=desk.all_waiting, desk_alarm=desk.alarm)
    guards.register_guards(app)
    register_migrations(app)
    account_sockets.register(socketio, app)
    topics.register(socketio, DOORS, goodbyes=[playlist_sockets.forget_socket])
    messaging_sockets.register(socketio)
    playlist_sockets.register(socketio)
    inbox_views.register_inbox(app)
    announcement_views.register_banners(app)
    app.jinja_env.globals["realms"] = realms
    app.jinja_env.globals["new_post_form"] = PostForm
    for views in (machine_views, oembed_views, announcement_views):
        app.register_blueprint(views.bp)
    register_meta(app, settings.public_url)
