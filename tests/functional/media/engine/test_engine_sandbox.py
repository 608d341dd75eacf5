"""The sandbox holds: no file, no network, no time, no life beyond what was granted."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from app.core.findings import Level
from app.media.engine import layers, sandbox
from app.media.engine.checks import check_sandbox
from app.media.engine.errors import EncodingFailed, OutOfRoom, TookTooLong
from app.media.engine.ffmpeg import executable, run_ffmpeg
from app.media.engine.launcher import EXIT_BROKEN
from app.media.engine.sandbox import Completed, Limits, SandboxBroken
from config import Settings
from tests.factories import media_files
from tests.harness.processes import process_of

LIMITS = Limits(cpu_s=20, wall_s=20, memory_bytes=2 << 30, file_bytes=1 << 20)
FOREVER = ["-f", "lavfi", "-i", "anullsrc", "-f", "null", "-"]

MODES = {
    "bubblewrap": layers.ALL,
    "bubblewrap alone": {layers.BUBBLEWRAP},
    "unshare and Landlock": {layers.NAMESPACE, layers.LANDLOCK, layers.SECCOMP},
    "Landlock in a container": {layers.LANDLOCK, layers.SECCOMP},
    "Landlock alone": {layers.LANDLOCK},
    "unshare alone": {layers.NAMESPACE},
}
"""The layers that machines have, from most to least."""


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each combination of layers that this machine can do."""
    with layers.restricted_to(*MODES[request.param]):
        found = layers.in_force()
        missing = {
            layers.BUBBLEWRAP: not found.bubblewrap,
            layers.NAMESPACE: not found.namespace and not found.bubblewrap,
            layers.LANDLOCK: not found.landlock,
            layers.SECCOMP: not found.seccomp,
        }
        if any(missing[name] for name in MODES[request.param]):
            pytest.skip(f"this machine has no {', '.join(name for name in MODES[request.param] if missing[name])}")
        yield request.param


def python(tmp_path: Path, code: str, *, limits: Limits = LIMITS, reads: Sequence[Path] = ()) -> Completed:
    program = tmp_path / "program.py"
    program.write_text(code)
    return sandbox.run_python(program, [], scratch=tmp_path, limits=limits, reads=reads)


def running_with(argument: str, *, besides: int = 0) -> list[int]:
    """The processes on this machine that have ``argument`` in their command line, without this one and ``besides``."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if argument.encode() in (folder / "cmdline").read_bytes() and alive(folder.name):
                found.append(int(folder.name))
        except OSError:
            continue
    return [pid for pid in found if pid not in {os.getpid(), besides}]


def gone(argument: str) -> bool:
    """Whether no such process is left, within five seconds: what was killed takes a moment to vanish."""
    deadline = time.monotonic() + 5
    while (left := running_with(argument)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not left


def alive(pid: int | str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_a_canary_file_cannot_be_read_nor_anything_written_outside(tmp_path: Path, mode: str) -> None:
    if not layers.in_force().files_by:
        pytest.skip("nothing keeps files apart here, and the doctor says so")
    canary, scratch = tmp_path / "canary", tmp_path / "a folder with spaces"
    canary.write_text("secret")
    scratch.mkdir()
    code = f"""
import os
for act in (lambda: open({str(canary)!r}).read(), lambda: open('/etc/passwd').read(),
            lambda: open('/proc/1/environ').read(),
            lambda: open({str(tmp_path / "new")!r}, 'w'), lambda: os.remove({str(canary)!r}),
            lambda: os.execv('/bin/sh', ['sh'])):
    try: print('DONE', act())
    except OSError as no: print('no')
open({str(scratch / "mine")!r}, 'w').write('x')
"""
    done = python(scratch, code)
    assert done.stdout.decode().split("\n")[:-1] == ["no"] * 6, (mode, done)
    assert canary.read_text() == "secret"
    assert not (tmp_path / "new").exists()
    assert (scratch / "mine").exists()


def test_a_named_input_can_be_read_and_not_changed(tmp_path: Path, mode: str) -> None:
    if not layers.in_force().files_by:
        pytest.skip("nothing keeps files apart here, and the doctor says so")
    canary, scratch = tmp_path / "input", tmp_path / "scratch"
    canary.write_text("hello")
    scratch.mkdir()
    code = f"print(open({str(canary)!r}).read()); open({str(canary)!r}, 'a')"
    done = python(scratch, code, reads=[canary])
    assert done.stdout == b"hello\n", mode
    assert "PermissionError" in done.stderr or "Read-only file system" in done.stderr


def test_a_canary_server_cannot_be_reached(tmp_path: Path, mode: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        server.settimeout(0.2)
        datagrams.bind(("127.0.0.1", 0))
        datagrams.settimeout(0.2)
        code = f"""
import socket
for act in (lambda: socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 1),
            lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', {datagrams.getsockname()})):
    try: act(); print('DONE')
    except OSError: print('no')
"""
        assert python(tmp_path, code).stdout.startswith(b"no\n")
        with pytest.raises(TimeoutError):
            server.accept()
        if mode == "Landlock alone":  # it does not know UDP, and the doctor says that the network is open
            assert datagrams.recv(1) == b"x"
        else:  # bubblewrap has a loopback of its own that takes a datagram, and keeps it
            with pytest.raises(TimeoutError):
                datagrams.recv(1)


def test_ffmpeg_reads_only_what_it_is_given(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(EncodingFailed) as caught:
        run_ffmpeg(["-i", media_files.film(), "-f", "null", "-"], scratch=scratch, limits=LIMITS)
    said = caught.value.__notes__[0]
    assert "Permission denied" in said or "No such file" in said


def test_a_program_is_killed_at_its_deadline(tmp_path: Path, mode: str) -> None:
    started = time.monotonic()
    with pytest.raises(TookTooLong, match=r"^This file took longer to work on than we allow\.$"):
        python(
            tmp_path,
            "import time, signal; signal.signal(15, signal.SIG_IGN); time.sleep(60)",
            limits=Limits(wall_s=0.5),
        )
    assert time.monotonic() - started < 5, mode


def test_a_program_that_closed_its_outputs_is_killed_at_its_deadline_too(tmp_path: Path) -> None:
    with pytest.raises(TookTooLong):
        python(tmp_path, "import os, time; os.close(1); os.close(2); time.sleep(60)", limits=Limits(wall_s=0.5))


@pytest.mark.parametrize("mode", ["bubblewrap", "unshare and Landlock"], indirect=True)
@pytest.mark.usefixtures("mode")
def test_a_program_is_ended_when_it_used_up_its_processor_time(tmp_path: Path) -> None:
    with pytest.raises(TookTooLong):
        python(tmp_path, "while True: pass", limits=Limits(cpu_s=1, wall_s=20))


@pytest.mark.parametrize("mode", ["bubblewrap alone", "Landlock alone"], indirect=True)
@pytest.mark.usefixtures("mode")
def test_memory_and_file_size_are_bounded(tmp_path: Path) -> None:
    done = python(tmp_path, "bytearray(1 << 30)", limits=Limits(memory_bytes=512 << 20))
    assert "MemoryError" in done.stderr
    with pytest.raises(OutOfRoom, match=r"grows larger than we allow\.$"):
        run_ffmpeg(["-f", "lavfi", "-i", "anoisesrc=d=60", tmp_path / "large.wav"], scratch=tmp_path, limits=LIMITS)


@pytest.mark.usefixtures("mode")
def test_no_child_of_a_program_outlives_it(tmp_path: Path) -> None:
    code = """
import os, sys, time
try: pid = os.fork()
except PermissionError: print('no'); sys.exit()
if pid: print(pid, flush=True); time.sleep(.2); sys.exit()
os.close(1); os.close(2); time.sleep(61.75)
"""
    said = python(tmp_path, code).stdout.decode().strip()
    assert (said == "no") == layers.in_force().seccomp
    assert gone(str(tmp_path))


@pytest.mark.parametrize("mode", ["bubblewrap", "bubblewrap alone", "Landlock in a container"], indirect=True)
def test_no_child_escapes_by_a_session_of_its_own(tmp_path: Path, mode: str) -> None:
    code = """
import os, threading, time
threading.Thread(target=time.sleep, args=(0,)).start()  # threads may be
for act in (os.fork, os.setsid):
    try:
        if act() == 0:
            os.setsid(); os.close(1); os.close(2); time.sleep(60)
        print('DONE')
    except PermissionError: print('no')
"""
    said = python(tmp_path, code).stdout.decode().split()
    assert said[:2] == (["DONE", "DONE"] if mode == "bubblewrap alone" else ["no", "no"])
    assert gone(str(tmp_path))


def test_a_program_dies_with_its_parent_even_by_sigkill(tmp_path: Path, mode: str) -> None:
    command = [str(executable()), "-v", "error", "-re", *FOREVER[:4], "-metadata", f"title={tmp_path}", *FOREVER[4:]]
    worker = f"""
import sys; sys.path[:0] = {sys.path!r}
from pathlib import Path
from app.media.engine import layers
from app.media.engine.sandbox import run, Limits
with layers.restricted_to(*{sorted(MODES[mode])!r}):
    run({command!r}, scratch=Path({str(tmp_path)!r}), limits=Limits())
"""
    with process_of([sys.executable, "-c", worker]) as parent:
        deadline = time.monotonic() + 10
        while not (children := running_with(str(tmp_path), besides=parent.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert children
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 5
    while any(alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(alive(child) for child in children)


def test_what_is_started_while_its_parent_dies_does_not_start(tmp_path: Path) -> None:
    line, other_end = os.pipe()
    os.close(other_end)
    spec = {"argv": ["/bin/true"], "reads": [], "runs": ["/bin/true"], "writes": [str(tmp_path)], "line": line}
    command = layers.command({**spec, **asdict(LIMITS)}, layers.in_force())
    ended = subprocess.run(command, pass_fds=[line], check=False)
    os.close(line)
    assert ended.returncode == EXIT_BROKEN


def test_lines_and_bytes_are_handed_on_and_an_exception_stops_the_program(tmp_path: Path) -> None:
    lines: list[str] = []
    size: list[int] = []
    program = ["-f", "lavfi", "-i", "anullsrc=d=1", "-f", "s16le", "-progress", "pipe:2", "pipe:1"]
    sandbox.run([executable(), *program], scratch=tmp_path, limits=LIMITS, on_bytes=lambda data: size.append(len(data)))
    assert sum(size) == 44_100 * 2 * 2
    sandbox.run([executable(), "-version"], scratch=tmp_path, limits=LIMITS, on_line=lines.append)
    assert lines[0].startswith("ffmpeg version")

    def stop(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sandbox.run([executable(), "-progress", "pipe:1", *FOREVER], scratch=tmp_path, limits=LIMITS, on_line=stop)


def test_a_sandbox_that_cannot_be_closed_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(SandboxBroken, match="sandbox: "):
        sandbox.run([tmp_path / "nothing"], scratch=tmp_path, limits=LIMITS)


def test_the_layers_are_described_for_the_operator(mode: str) -> None:
    told = sandbox.describe()
    assert ("bubblewrap" in told["files"]) == mode.startswith("bubblewrap")
    assert ("Landlock" in told["files"]) == (layers.LANDLOCK in MODES[mode])
    assert bool(told["network"]) == (mode != "Landlock alone")


@pytest.mark.parametrize(
    ("names", "level", "said"),
    [
        (layers.ALL, Level.OK, "files "),
        ({layers.LANDLOCK}, Level.WARN, "nothing keeps an encoder from network: "),
        ({layers.NAMESPACE}, Level.WARN, "nothing keeps an encoder from files: "),
        (set(), Level.FAIL, "nothing keeps an encoder from files and network: "),
    ],
)
def test_the_doctor_says_what_is_open(settings: Settings, names: set[str], level: Level, said: str) -> None:
    with layers.restricted_to(*names):
        finding = check_sandbox(settings)
    assert (finding.level, finding.what.startswith(said)) == (level, True)
    assert ("bubblewrap" in finding.advice) == (level is not Level.OK)


def test_bubblewrap_that_may_not_make_namespaces_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert shutil.which("bwrap") == str(refusing)
    layers._found.cache_clear()
    try:
        assert layers.in_force().bubblewrap == ""
        assert sandbox.run([executable(), "-version"], scratch=tmp_path, limits=LIMITS).returncode == 0
    finally:
        layers._found.cache_clear()
