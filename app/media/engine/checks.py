"""What `flask doctor` looks at in the engine: ffmpeg, and the sandbox it runs in."""

import subprocess

from app.core.findings import Finding, fail, ok, warn
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
    """Something keeps a stranger's file from other files, and from the network."""
    held = sandbox.describe()
    what = "; ".join(f"{layer} {how or 'OPEN'}" for layer, how in held.items())
    if held["files"] and held["network"]:
        return ok(what)
    open_ones = " and ".join(layer for layer in ("files", "network") if not held[layer])
    advice = "Install bubblewrap (and let ordinary users make namespaces), or run a kernel with Landlock and seccomp."
    return (warn if held["files"] or held["network"] else fail)(
        f"nothing keeps an encoder from {open_ones}: {what}", advice
    )
