"""The sandbox holds: no file, no network, no time, no life beyond what was granted."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.media.engine import sandbox
from app.media.engine.errors import EncodingFailed, OutOfRoom, TookTooLong
from app.media.engine.ffmpeg import executable, run_ffmpeg
from app.media.engine.sandbox import Completed, Limits, SandboxBroken
from tests.factories import media_files

LIMITS = Limits(cpu_s=20, wall_s=20, memory_bytes=2 << 30, file_bytes=1 << 20)
FOREVER = ["-f", "lavfi", "-i", "anullsrc", "-f", "null", "-"]


def python(tmp_path: Path, code: str, *, limits: Limits = LIMITS, reads: Sequence[Path] = ()) -> Completed:
    program = tmp_path / "program.py"
    program.write_text(code)
    return sandbox.run_python(program, [], scratch=tmp_path, limits=limits, reads=reads)


def alive(pid: int | str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_a_canary_file_cannot_be_read_nor_anything_written_outside(tmp_path: Path) -> None:
    canary, scratch = tmp_path / "canary", tmp_path / "a folder with spaces"
    canary.write_text("secret")
    scratch.mkdir()
    code = f"""
import os
for act in (lambda: open({str(canary)!r}).read(), lambda: os.listdir('/etc'), lambda: open('/proc/1/environ').read(),
            lambda: open({str(tmp_path / "new")!r}, 'w'), lambda: os.remove({str(canary)!r}),
            lambda: os.execv('/bin/sh', ['sh'])):
    try: print('DONE', act())
    except OSError as no: print(no.strerror)
open({str(scratch / "mine")!r}, 'w').write('x')
"""
    done = python(scratch, code)
    assert done.stdout.decode().split("\n")[:-1] == ["Permission denied"] * 6, done
    assert canary.read_text() == "secret"
    assert (scratch / "mine").exists()


def test_a_named_input_can_be_read_and_not_changed(tmp_path: Path) -> None:
    canary, scratch = tmp_path / "input", tmp_path / "scratch"
    canary.write_text("hello")
    scratch.mkdir()
    code = f"print(open({str(canary)!r}).read()); open({str(canary)!r}, 'a')"
    done = python(scratch, code, reads=[canary])
    assert done.stdout == b"hello\n"
    assert "PermissionError" in done.stderr


def test_a_canary_server_cannot_be_reached(tmp_path: Path) -> None:
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
        assert python(tmp_path, code).stdout == b"no\nno\n"
        for listening in (server.accept, lambda: datagrams.recv(1)):
            with pytest.raises(TimeoutError):
                listening()


def test_ffmpeg_reads_only_what_it_is_given(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(EncodingFailed) as caught:
        run_ffmpeg(["-i", media_files.film(), "-f", "null", "-"], scratch=scratch, limits=LIMITS)
    assert "Permission denied" in caught.value.__notes__[0]


def test_a_program_is_killed_at_its_deadline(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(TookTooLong, match=r"^This file took longer to work on than we allow\.$"):
        python(
            tmp_path,
            "import time, signal; signal.signal(15, signal.SIG_IGN); time.sleep(60)",
            limits=Limits(wall_s=0.5),
        )
    assert time.monotonic() - started < 5


def test_a_program_that_closed_its_outputs_is_killed_at_its_deadline_too(tmp_path: Path) -> None:
    with pytest.raises(TookTooLong):
        python(tmp_path, "import os, time; os.close(1); os.close(2); time.sleep(60)", limits=Limits(wall_s=0.5))


def test_a_program_is_ended_when_it_used_up_its_processor_time(tmp_path: Path) -> None:
    with pytest.raises(TookTooLong):
        python(tmp_path, "while True: pass", limits=Limits(cpu_s=1, wall_s=20))


def test_memory_and_file_size_are_bounded(tmp_path: Path) -> None:
    done = python(tmp_path, "bytearray(1 << 30)", limits=Limits(memory_bytes=512 << 20))
    assert "MemoryError" in done.stderr
    with pytest.raises(OutOfRoom, match=r"grows larger than we allow\.$"):
        run_ffmpeg(["-f", "lavfi", "-i", "anoisesrc=d=60", tmp_path / "large.wav"], scratch=tmp_path, limits=LIMITS)


def test_no_child_of_a_program_outlives_it(tmp_path: Path) -> None:
    code = """
import os, sys, time
pid = os.fork()
if pid: print(pid, flush=True); sys.exit()
os.close(1); os.close(2); time.sleep(60)
"""
    pid = int(python(tmp_path, code).stdout)
    time.sleep(0.05)
    assert not alive(pid)


def test_a_program_dies_with_its_parent_even_by_sigkill(tmp_path: Path) -> None:
    worker = f"""
import sys; sys.path[:0] = {sys.path!r}
from pathlib import Path
from app.media.engine.sandbox import run, Limits
run({[str(executable()), "-v", "error", "-re", *FOREVER]!r}, scratch=Path({str(tmp_path)!r}), limits=Limits())
"""
    with subprocess.Popen([sys.executable, "-c", worker]) as parent:
        children: list[str] = []
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
            if children and Path(f"/proc/{children[0]}/comm").read_text().startswith("ffmpeg"):
                break
            time.sleep(0.05)
        assert children
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 5
    while alive(children[0]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(children[0])


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


def test_the_layers_are_described_for_the_operator() -> None:
    told = sandbox.describe()
    assert set(told) == {"network", "landlock", "limits", "ends"}
    assert all(told.values())
