"""Five hundred likes a second on one work: reached, without anybody waiting for anybody, and counted right."""

import re
import subprocess
import threading
import time
from pathlib import Path

from sqlalchemy import func, select

from app.accounts.models import User
from app.core import tallies
from app.extensions import db
from app.social.models import Like
from app.social.services import reactions
from app.social.subjects import SubjectKind, get_subject
from bench.crowd import Crowd, LockWatch
from bench.report import Report
from bench.site import Site

WANTED = 500
THREADS = 8
CONNECTIONS = 32
SETTLED_S = 5
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_COUNT = re.compile(r"(\d+) requests in")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")
SCRIPT = """
local heads, n = {{}}, 0
for line in io.lines("{members}") do
  local cookie, token = line:match("([^\\t]+)\\t([^\\t]+)")
  heads[#heads + 1] = {{ ["Cookie"] = cookie, ["X-CSRFToken"] = token }}
end
request = function()
  local turn = math.floor(n / #heads) % 2
  local head = heads[n % #heads + 1]
  n = n + 1
  return wrk.format("POST", "/media/{medium}/likes" .. (turn == 0 and "" or "/delete"), head, "")
end
"""
"""Everybody likes it in turn, then everybody takes it back: every request changes something."""


def measure(report: Report, site: Site, *, people: int, seconds: int) -> None:
    """Let ``people`` click as fast as it goes, by the service alone and through nginx and the web processes."""
    crowd = Crowd(site, people)
    _by_service(report, crowd, seconds=seconds)
    _by_http(report, site, crowd, seconds=seconds)


def _by_service(report: Report, crowd: Crowd, *, seconds: int) -> None:
    done, deadline = [0] * THREADS, time.monotonic() + seconds

    def click(number: int) -> None:
        mine = crowd.members[number::THREADS]
        while time.monotonic() < deadline:
            for act in (reactions.like_thing, reactions.unlike_thing):
                for member in mine:
                    with crowd.app.app_context():
                        user = db.session.get_one(User, member.id)
                        act(user, get_subject(SubjectKind.MEDIUM, crowd.medium.public_id, user))
                        db.session.commit()
                    done[number] += 1
                    if time.monotonic() >= deadline:
                        return

    with LockWatch(crowd.database_url()) as watch:
        threads = [threading.Thread(target=click, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    rate = sum(done) / seconds
    report.add(
        f"likes of one work, service and commit, {THREADS} threads of one process",
        f"{rate:,.0f} a second",
        budget=f"≥ {WANTED}",
        met=rate >= WANTED,
    )
    _add_waits(report, watch, "by the service")
    _add_count(report, crowd, "by the service")


def _by_http(report: Report, site: Site, crowd: Crowd, *, seconds: int) -> None:
    members, script = site.folder / "members.tsv", site.folder / "likes.lua"
    members.write_text("".join(f"{one.cookie}\t{one.csrf}\n" for one in crowd.members))
    script.write_text(SCRIPT.format(members=members, medium=crowd.medium.public_id))
    with LockWatch(crowd.database_url()) as watch:
        said = _wrk(site.url, script, seconds)
    rate, count, bad = _RATE.search(said), _COUNT.search(said), _BAD.search(said)
    assert rate is not None, said
    assert count is not None, said
    per_s = float(rate[1])
    report.add(
        f"likes of one work, through nginx and two web processes, {CONNECTIONS} connections",
        f"{per_s:,.0f} a second{f', {bad[1]} of {count[1]} failed' if bad else ''}",
        budget=f"≥ {WANTED}",
        met=per_s >= WANTED and not bad,
    )
    _add_waits(report, watch, "through HTTP")
    _add_count(report, crowd, "through HTTP")


def _wrk(url: str, script: Path, seconds: int) -> str:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script), url]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _add_waits(report: Report, watch: LockWatch, how: str) -> None:
    report.add(
        f"likes {how}: statements seen to wait for a lock", f"at {watch.seen} of {watch.looks} looks", budget="0",
        met=not watch.seen,
    )  # fmt: skip


def _add_count(report: Report, crowd: Crowd, how: str) -> None:
    """Right at once, and in the tally after the spine has counted."""
    with crowd.app.app_context():
        true = db.session.scalar(select(func.count()).where(Like.medium_id == crowd.medium.id)) or 0
        said = tallies.exact([crowd.medium.id])[crowd.medium.id].likes
        deadline = time.monotonic() + SETTLED_S
        tallied = -1
        while tallied != true and time.monotonic() < deadline:
            time.sleep(0.1)
            db.session.rollback()
            kept = select(tallies.Tally.likes).where(tallies.Tally.subject_id == crowd.medium.id)
            tallied = db.session.scalar(kept) or 0
    report.add(
        f"likes {how}: the counter at the end", f"{said}, tallied {tallied}", yardstick=f"{true} rows", budget="equal",
        met=true == said == tallied,
    )  # fmt: skip
