"""For operators and their tools: is the process up, is the place ready, what are the numbers."""

from collections.abc import Callable
from ipaddress import ip_address

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from rq import Worker
from sqlalchemy import func, select, text

from app.core import refusals
from app.core.audit import checking
from app.core.clock import now
from app.core.errors import NotFound
from app.core.events import OutboxEntry
from app.core.queue import HEARTBEAT_KEY, QUEUES, queue, redis
from app.core.refusals import Refusal
from app.core.storage import storage
from app.extensions import db
from app.media.models import Task, TaskState

bp = Blueprint("operations", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Database, Redis and storage answer: 200; else 503 with what does not. Workers are told, not required."""
    checks: dict[str, Callable[[], object]] = {
        "database": lambda: db.session.execute(text("SELECT 1")),
        "redis": lambda: redis().ping(),
        "storage": lambda: storage().check(),
    }
    said = {name: _try(check) for name, check in checks.items()}
    ready = all(answer == "ok" for answer in said.values())
    workers = _workers() if said["redis"] == "ok" else {}
    response = jsonify(ready=ready, **said, workers=workers)
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Numbers for Prometheus: the pool, the queues, the tasks, the outbox, the spine."""
    if not ip_address(request.remote_addr or "").is_private:
        raise NotFound  # numbers are for the operator's own network
    registry = CollectorRegistry()
    pool = db.engine.pool
    _gauge(registry, "db_pool_in_use", "Database connections in use in this process.", pool.checkedout())  # type: ignore[attr-defined]  # QueuePool has it
    _gauge(
        registry,
        "spine_alive",
        "1 while a spine has reported within a minute.",
        1.0 if redis().exists(HEARTBEAT_KEY) else 0.0,
    )
    jobs = Gauge("soundstage_queue_jobs", "Jobs waiting, by queue.", ["queue"], registry=registry)
    workers = Gauge("soundstage_queue_workers", "Workers listening, by queue.", ["queue"], registry=registry)
    for name, count in _workers().items():
        jobs.labels(name).set(queue(name).count)
        workers.labels(name).set(count)
    tasks = Gauge(
        "soundstage_tasks", "Pieces of encoding work that are not done, by state.", ["state"], registry=registry
    )
    for state in (TaskState.QUEUED, TaskState.RUNNING, TaskState.FAILED):
        tasks.labels(state.value).set(
            db.session.scalar(select(func.count()).select_from(Task).where(Task.state == state)) or 0
        )
    waiting = select(func.count(), func.min(OutboxEntry.created_at)).where(OutboxEntry.delivered_at.is_(None))
    count, oldest = db.session.execute(waiting).one()
    age_s = db.session.scalar(select(func.extract("epoch", func.now() - oldest))) if oldest else 0
    _gauge(registry, "outbox_waiting", "Events that wait for the relay.", count)
    _gauge(registry, "outbox_lag_seconds", "Age of the oldest event that waits.", float(age_s or 0))
    refused = Counter(
        "soundstage_refusals", "What was refused in this process since it began, by who did.", ["by"], registry=registry
    )
    for refusal in Refusal:
        refused.labels(refusal.value).inc(refusals.counts[refusal])
    check = checking.last_check()
    if check is not None:
        _gauge(
            registry,
            "audit_faults",
            "What the last check of the audit log found; more than 0 is an alarm.",
            len(check.faults),
        )
        _gauge(
            registry,
            "audit_checked_seconds",
            "Age of the last check of the audit log.",
            (now() - check.began_at).total_seconds(),
        )
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


@bp.get("/styleguide")
def styleguide() -> ResponseReturnValue:
    """Every token and component in every state, for builders; not there in production."""
    settings = current_app.config["SETTINGS"]
    if not settings.development:
        abort(404)
    return render_template("styleguide.html")


def _gauge(registry: CollectorRegistry, name: str, what: str, value: float) -> None:
    Gauge(f"soundstage_{name}", what, registry=registry).set(value)


def _workers() -> dict[str, int]:
    return {name: Worker.count(queue=queue(name)) for name in QUEUES}


def _try(check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - any failure makes the place unready, and is told
        db.session.rollback()
        return type(error).__name__
    return "ok"
