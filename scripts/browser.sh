#!/bin/sh
# See to it that the browser tests find a Chromium: Debian's package where we are root, Playwright's build otherwise.
#
#   scripts/browser.sh          install one if there is none
#   scripts/browser.sh --check  say whether there is one; fails when not
set -eu
cd "$(dirname "$0")/.."

there_is_one() {
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null 2>&1; then return 0; fi
    done
    .venv/bin/python - <<'PYTHON' 2>/dev/null
import sys
from pathlib import Path
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not Path(playwright.chromium.executable_path).exists())
PYTHON
}

if there_is_one; then exit 0; fi
if [ "${1:-}" = --check ]; then exit 1; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium
else
    .venv/bin/python -m playwright install chromium
fi
