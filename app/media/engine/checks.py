"""What `flask doctor` looks at in the engine: ffmpeg, and the sandbox it runs in."""

import subprocess

from app.core.findings import Finding, fail, ok
from app.media.engine import sandbox
from app.media.engine.ffmpeg import executable
from config import Settings

NEEDED_ENCODERS = ("libx264", "aac")


def check_ffmpeg(_settings: Settings) -> Finding:
    """It runs, and has the encoders that the ladder is made with."""
    program = executable()
    said = subprocess.run(
        [program, "-hide_banner", "-encoders"], capture_output=True, text=True, timeout=20, check=True
    ).stdout.split()
    missing = [encoder for encoder in NEEDED_ENCODERS if encoder not in said]
    if missing:
        return fail(f"{program} has no {' and no '.join(missing)}", "Name another one in IMAGEIO_FFMPEG_EXE.")
    version = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=20, check=True).stdout
    return ok(f"{' '.join(version.split()[:3])} at {program}")


def check_sandbox(_settings: Settings) -> Finding:
    """Which layers stand between a stranger's file and this machine."""
    layers = sandbox.describe()
    what = "; ".join(f"{layer}: {how}" for layer, how in layers.items())
    return ok(what)
