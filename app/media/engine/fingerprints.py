"""What a picture shows, as a number that stays the same when it is resized, recompressed or slightly changed: PDQ.

PDQ is Meta's perceptual hash of 256 bits (github.com/facebook/ThreatExchange, "hashing.pdf", 2019), in which lists of
known pictures are shared. It is worked out in the sandbox, in a process of its own.
"""

import json
import tempfile
from pathlib import Path
from typing import Final

from app.media.engine.errors import MediaError
from app.media.engine.sandbox import Limits, run_python

LEAST_QUALITY: Final = 50
"""Of 100. Below, there is too little in a picture to know it by, as its makers advise."""
_CHILD: Final = Path(__file__).with_name("pdq_child.py")
_LIMITS: Final = Limits(cpu_s=20, wall_s=30, memory_bytes=2 << 30, file_bytes=1 << 20)


class NoFingerprint(MediaError):
    """A picture whose hash could not be worked out."""


def pdq_of(picture: Path) -> bytes | None:
    """The 32 bytes of a picture's PDQ hash; None where there is too little in it to know it by.

    Raises:
        MediaError: it could not be worked out.
    """
    with tempfile.TemporaryDirectory(prefix="pdq-") as folder:
        done = run_python(_CHILD, [picture], scratch=Path(folder), limits=_LIMITS, reads=[picture])
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        problem = NoFingerprint("The picture could not be compared.")
        problem.add_note(str(done.stderr)[-500:])
        raise problem from error
    return bytes.fromhex(answer["pdq"]) if answer["quality"] >= LEAST_QUALITY else None
