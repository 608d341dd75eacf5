"""Which programs an installation consists of."""

import sys
from dataclasses import dataclass
from typing import Literal

from app.core.embedded import Engine
from app.core.embedded.launch import ends_with_parent
from app.core.supervise.installation import Installation
from config import ROOT

Group = Literal["engines", "app"]

MEDIA_WORKERS = 2


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program under the supervisor, run in ``copies`` processes."""

    name: str
    group: Group
    command: list[str]
    directory: str
    stop_signal: str = "TERM"
    stop_seconds: int = 5
    """How long it may take to stop before it is killed."""
    steady_seconds: int = 10
    """A program that ends sooner after its start is started again with a growing delay; a later end, at once."""
    copies: int = 1

    @property
    def variable(self) -> str:
        """The environment variable that carries the command line to the supervisor."""
        return f"SOUNDSTAGE_COMMAND_{self.name.replace('-', '_').upper()}"


def programs_of(installation: Installation) -> list[Program]:
    """The engines, then the application, in the order of their start. The engines must be prepared."""
    return [*(_engine(engine) for engine in installation.engines), *_application()]


def _engine(engine: Engine) -> Program:
    return Program(
        name=engine.folder.name,
        group="engines",
        command=engine.command,
        directory=str(engine.directory),
        stop_signal=engine.stop_signal,
        stop_seconds=20,
        steady_seconds=1,
    )


def _application() -> list[Program]:
    def python(name: str, *arguments: str, copies: int = 1) -> Program:
        command = [*ends_with_parent("TERM"), sys.executable, "-m", *arguments]
        return Program(name=name, group="app", command=command, directory=str(ROOT), copies=copies)

    return [
        python("web", "gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app"),
        python("worker-media", "flask", "worker", "media", copies=MEDIA_WORKERS),
        python("worker-default", "flask", "worker", "default"),
        python("spine", "flask", "spine"),
    ]
