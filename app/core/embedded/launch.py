"""How a server program is started so that it accepts root, and ends when whoever started it ends.

Helpers of util-linux do it on Linux, put before the program on its command line: ``setpriv --pdeathsig`` has the kernel
send a signal when the parent dies, even by SIGKILL; ``unshare --user`` gives root another name, because PostgreSQL
refuses to run as root; where a container forbids that, ``setpriv --reuid`` becomes an unprivileged user that may still
pass through root's folders. macOS has none of them: there a program goes without, and what a killed supervisor left
behind is found by the next start.
"""

import os
import pwd
import shutil
import subprocess
import sys
from functools import cache
from typing import Literal

UNPRIVILEGED_ID = 65534
"""``nobody`` on every Linux: who PostgreSQL becomes where root may not make a user namespace."""

DeathSignal = Literal["INT", "TERM"]


def ends_with_parent(signal: DeathSignal) -> list[str]:
    """What to put before a command so that it gets ``signal`` when its parent process dies."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    return [setpriv, "--pdeathsig", signal, "--"] if setpriv else []


def is_root() -> bool:
    """Whether this process is root, which PostgreSQL refuses."""
    return os.geteuid() == 0


def _has_name() -> bool:
    """Whether this user is in the machine's list; containers run as numbers that are not, and initdb wants a name."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


@cache
def can_make_user_namespace() -> bool:
    """Whether the kernel, and the container around us, allow a user namespace."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    probe = [unshare, "--user", "--map-user=1", "--map-group=1", "--", "true"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


def owner_for_other_user() -> int:
    """The user id that must own what a program started by root through ``as_other_user`` writes."""
    return 0 if can_make_user_namespace() else UNPRIVILEGED_ID


def as_other_user() -> list[str]:
    """What root, or a user without a name, puts before a command that wants to be somebody; nothing for anybody else.

    Raises:
        RuntimeError: root, and no way to become anybody else.
    """
    if not is_root() and _has_name():
        return []
    if can_make_user_namespace():
        return [shutil.which("unshare") or "unshare", "--user", "--map-user=1", "--map-group=1", "--"]
    if not is_root():
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise RuntimeError(
            "PostgreSQL does not run as root, and neither unshare nor setpriv is here. Use an ordinary user."
        )
    someone = str(UNPRIVILEGED_ID)
    # dac_override: the data folder may lie below /root, which nobody else may enter.
    return [
        *(setpriv, "--reuid", someone, "--regid", someone, "--clear-groups"),
        *("--inh-caps", "-all,+dac_override", "--ambient-caps", "-all,+dac_override", "--"),
    ]
