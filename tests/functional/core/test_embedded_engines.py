"""The embedded PostgreSQL and Redis: any folder, any end, and up again with everything they had."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis as redis_client

from app.core.embedded import (
    EmbeddedPostgres,
    EmbeddedRedis,
    Engine,
    EngineFailedError,
    EngineRunningError,
    create_database,
    drop_database,
    launch,
)
from app.core.embedded.ports import PORTS, is_free, remembered_port
from tests.harness.processes import process_of

ENGINES: tuple[type[Engine], ...] = (EmbeddedPostgres, EmbeddedRedis)
DIFFICULT = "a b % ; #'é"


def put(url: str, value: str) -> None:
    if url.startswith("redis"):
        with redis_client.Redis.from_url(url) as client:
            client.set("kept", value)
        return
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def read(url: str) -> str:
    if url.startswith("redis"):
        with redis_client.Redis.from_url(url, decode_responses=True) as client:
            return str(client.get("kept"))
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT value FROM kept").fetchone()
    return str(row and row[0])


@pytest.mark.parametrize("engine_class", ENGINES)
@pytest.mark.parametrize("name", [DIFFICULT, "x" * 150])
def test_any_folder_will_do(tmp_path: Path, engine_class: type[Engine], name: str) -> None:
    engine = engine_class(tmp_path / name / "engine")
    with engine as url:
        put(url, "one")
    assert engine.running_process() is None
    with engine as url:
        assert read(url) == "one"


@pytest.mark.parametrize("engine_class", ENGINES)
def test_a_killed_engine_comes_up_with_what_it_had(tmp_path: Path, engine_class: type[Engine]) -> None:
    engine = engine_class(tmp_path)
    put(engine.start(), "before the end")
    process = engine.running_process()
    assert process is not None
    if engine_class is EmbeddedRedis:
        time.sleep(1.1)  # "everysec" is what its append-only file promises
    process.kill()
    engine.stop()
    deadline = time.monotonic() + 10
    while engine.running_process() is not None:  # PostgreSQL's children take a moment to notice
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with engine as url:
        assert read(url) == "before the end"


def test_a_stale_process_id_of_a_stranger_does_not_stop_postgres(tmp_path: Path) -> None:
    engine = EmbeddedPostgres(tmp_path, durable=False)
    with engine:
        lock = (engine.directory / "postmaster.pid").read_text()
    stranger = "\n".join([str(os.getppid()), *lock.splitlines()[1:]])
    (engine.directory / "postmaster.pid").write_text(stranger)
    with engine as url:
        put(url, "up")


def test_an_interrupted_initdb_is_not_taken_for_a_cluster(tmp_path: Path) -> None:
    unfinished = tmp_path / "cluster.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path, durable=False) as url:
        put(url, "up")


def test_a_cluster_of_another_version_is_left_alone(tmp_path: Path) -> None:
    engine = EmbeddedPostgres(tmp_path, durable=False)
    engine.directory.mkdir()
    (engine.directory / "PG_VERSION").write_text("15\n")
    with pytest.raises(EngineFailedError, match="made by PostgreSQL 15"):
        engine.start()


@pytest.mark.parametrize("engine_class", ENGINES)
def test_two_run_side_by_side_and_never_on_one_folder(tmp_path: Path, engine_class: type[Engine]) -> None:
    first, second = engine_class(tmp_path / "1", durable=False), engine_class(tmp_path / "2", durable=False)
    with first as first_url, second as second_url:
        put(first_url, "first")
        put(second_url, "second")
        assert (read(first_url), read(second_url)) == ("first", "second")
        third = engine_class(tmp_path / "1", durable=False)
        with pytest.raises(EngineRunningError, match="already runs"):
            third.start()
        assert third.attach()
        assert third.url == first_url


@pytest.mark.parametrize("engine_class", ENGINES)
def test_passwords_are_kept_from_others(tmp_path: Path, engine_class: type[Engine]) -> None:
    engine = engine_class(tmp_path, durable=False)
    with engine as url:
        process = engine.running_process()
        assert process is not None
        assert engine.password not in " ".join(process.cmdline())
        assert (tmp_path / "password").stat().st_mode & 0o077 == 0
        wrong = url.replace(engine.password, "wrong")
        with pytest.raises((psycopg.OperationalError, redis_client.AuthenticationError)):
            read(wrong)


@pytest.mark.parametrize("engine_class", ENGINES)
def test_what_goes_wrong_is_said_with_the_end_of_the_log(tmp_path: Path, engine_class: type[Engine]) -> None:
    engine = engine_class(tmp_path, durable=False)
    with engine:
        pass
    (engine.directory / "local.conf").write_text("no_such_setting yes\n")
    with pytest.raises(EngineFailedError, match="no_such_setting"):
        engine.start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the death of a parent")
@pytest.mark.parametrize("engine_class", ENGINES)
def test_an_engine_ends_with_the_process_that_started_it(tmp_path: Path, engine_class: type[Engine]) -> None:
    module, name = engine_class.__module__, engine_class.__name__
    program = f"import pathlib, time; from {module} import {name}; {name}(pathlib.Path({str(tmp_path)!r})).start()"
    with process_of(
        [sys.executable, "-c", f"{program}; print('up', flush=True); time.sleep(60)"], stdout=subprocess.PIPE
    ) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"up\n"
        running = engine_class(tmp_path).running_process()
        assert running is not None
        starter.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while running.is_running() and running.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_without_user_namespaces_becomes_nobody_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = EmbeddedPostgres(tmp_path / "engine", durable=False)
    with engine as url:
        put(url, "kept")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "unshare").write_text("#!/bin/sh\nexit 1\n")  # what a container answers
    (programs / "unshare").chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        launch.can_make_user_namespace.cache_clear()
        with engine as url:
            assert read(url) == "kept"
            process = engine.running_process()
            assert process is not None
            assert process.uids().real == launch.UNPRIVILEGED_ID
    launch.can_make_user_namespace.cache_clear()
    with engine as url:
        assert read(url) == "kept"


def test_databases_are_copied_from_a_template(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False) as url:
        template = create_database(url, "the template")
        put(template, "copied")
        copy = create_database(url, "a copy", template="the template")
        assert read(copy) == "copied"
        with psycopg.connect(copy):
            drop_database(url, "a copy")  # whoever is connected has to go
        drop_database(url, "a copy")
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(copy)


def test_a_port_is_remembered_until_somebody_else_takes_it(tmp_path: Path) -> None:
    memory = tmp_path / "port"
    port = remembered_port(memory)
    assert port in PORTS
    assert remembered_port(memory) == port
    with EmbeddedRedis(tmp_path / "redis", durable=False) as url:
        taken = int(url.rpartition(":")[2].partition("/")[0])
        assert not is_free(taken)
        memory.write_text(str(taken))
        assert remembered_port(memory) != taken
