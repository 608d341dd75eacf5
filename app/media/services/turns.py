"""Whose turn it is: so that a film holds up no song, and someone with fifty files nobody with one.

What a medium needs before it can play comes first, of everyone (``Task.later`` is false); the rest of everything comes
after that. Within each, tasks are done by their ``turn``, a virtual time as in start-time fair queueing (P. Goyal, H.
Vin, H. Cheng, SIGCOMM 1996): a file that comes in begins at the turn that is being served, not behind all that waits,
and what somebody brings while other files of theirs are in the making begins later, or advances more slowly. A turn is
computed when its task is written, so a claim stays one walk along one index.
"""

from sqlalchemy import func, select

from app.extensions import db
from app.media.models import Medium, Task, TaskState, Version, VersionState


def first_turn(version: Version) -> int:
    """The turn of what must be done before ``version`` plays: one later for each file that its owner brought before."""
    return _served(later=version.is_remake) + files_before(version)


def later_turns(version: Version) -> tuple[int, int]:
    """Where the rest of ``version`` begins, and by how much its minutes are apart: 1, 4, 9 … for the owner's files.

    A minute of somebody's first film goes with a minute of everyone else's; all the files of one person together get
    less than twice (1 + 1/4 + 1/9 + … < 1.65) what somebody gets who brought one.
    """
    return _served(later=True), (1 + files_before(version)) ** 2


def files_before(version: Version) -> int:
    """How many files of the same owner are in the making that came before this one."""
    owner = select(Medium.owner_id).where(Medium.id == version.medium_id).scalar_subquery()
    query = (
        select(func.count())
        .select_from(Version)
        .join(Medium, Medium.id == Version.medium_id)
        .where(Version.state == VersionState.PROCESSING, Version.id < version.id, Medium.owner_id == owner)
    )
    if not version.is_remake:  # what is made anew waits for what is new, and does not hold it up
        query = query.where(~Version.is_remake)
    return db.session.scalar(query) or 0


def _served(*, later: bool) -> int:
    """The turn that is being served: the smallest that waits or runs."""
    waiting = Task.state.in_([TaskState.QUEUED, TaskState.RUNNING])
    query = select(Task.turn).where(waiting, Task.later.is_(later)).order_by(Task.turn).limit(1)
    return db.session.scalar(query) or 0
