"""The doctor: looks at everything the installation needs, and says what works, what does not, and what to do.

Another check is a function ``check_<thing>(settings) -> Finding | None`` in ``checks.py`` of the domain it belongs to,
and a line in ``CHECKS``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rq import Worker

from app.core import cdn_checks as cdn
from app.core import checks as core
from app.core.audit.checks import check_audit
from app.core.findings import Check, Finding, Level, fail, ok, warn
from app.core.queue import HEARTBEAT_KEY, QUEUES, queue, redis
from app.core.storage import checks as storage
from app.core.storage import s3_checks as bucket
from app.extensions import db
from app.media.engine import checks as engine
from app.media.upkeep import checks as upkeep
from config import Settings


@dataclass(frozen=True, slots=True)
class Report:
    """A check's name and what it found."""

    name: str
    finding: Finding

    def __str__(self) -> str:
        """One line: how bad, which check, what was seen, what to do."""
        advice = f" {self.finding.advice}" if self.finding.advice else ""
        what = self.finding.what.rstrip(".")
        return " ".join(f"{self.finding.level:4} {self.name}: {what}.{advice}".split("\n"))


def check_workers(_settings: Settings) -> Finding:
    """Somebody listens to every queue, and a spine looks for work that nobody took."""
    counts = {name: Worker.count(queue=queue(name)) for name in QUEUES}
    has_spine = bool(redis().exists(HEARTBEAT_KEY))
    what = ", ".join(f"{count} {name}" for name, count in counts.items()) + f", {'a' if has_spine else 'no'} spine"
    idle = [f"`flask worker {name}`" for name, count in counts.items() if not count]
    if not has_spine:
        idle.append("`flask spine`")
    return warn(what, f"Start {', '.join(idle)}: what they do waits until then.") if idle else ok(what)


CHECKS: tuple[tuple[str, Check], ...] = (
    ("database", core.check_database),
    ("redis", core.check_redis),
    ("storage", storage.check_storage),
    ("bucket, browsers", bucket.check_bucket_cors),
    ("bucket, encryption", bucket.check_bucket_encryption),
    ("cdn", cdn.check_cdn),
    ("cdn, purging", cdn.check_purging),
    ("work folder", storage.check_work_room),
    ("ffmpeg", engine.check_ffmpeg),
    ("sandbox", engine.check_sandbox),
    ("colder place", upkeep.check_cold_place),
    ("made anew", upkeep.check_remakes),
    ("secret key", core.check_secret_key),
    ("audit log", check_audit),
    ("address", core.check_address),
    ("mail", core.check_mail),
    ("workers", check_workers),
)


def examine(settings: Settings, checks: tuple[tuple[str, Check], ...] = CHECKS) -> Iterator[Report]:
    """Do every check, inside an application context; one that raises has found a failure, and the rest goes on."""
    for name, check in checks:
        try:
            finding = check(settings)
        except Exception as error:  # noqa: BLE001 - a doctor reports whatever is wrong
            db.session.rollback()
            finding = fail(f"{type(error).__name__}: {error}".splitlines()[0], "")
        if finding is not None:
            yield Report(name, finding)


def is_healthy(reports: list[Report]) -> bool:
    """Whether nothing must be mended."""
    return all(report.finding.level is not Level.FAIL for report in reports)
