"""The tables of social, one file a subject."""

from app.social.models.activities import Activity, Verb
from app.social.models.comments import Comment, CommentState, CommentVersion
from app.social.models.graph import Follow, Mute
from app.social.models.posts import PollOption, PollVote, Post, PostPicture, PostVersion
from app.social.models.reactions import Like, Repost

__all__ = [
    "Activity",
    "Comment",
    "CommentState",
    "CommentVersion",
    "Follow",
    "Like",
    "Mute",
    "PollOption",
    "PollVote",
    "Post",
    "PostPicture",
    "PostVersion",
    "Repost",
    "Verb",
]
