#!/bin/sh
# Write constraints.txt: what pip chooses for requirements*.txt in an empty environment. Then package-lock.json.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON:-python3.11}" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
{
    echo "# Every package below requirements.txt and requirements-dev.txt, pinned. Written by make lock."
    "$scratch/venv/bin/python" -m pip freeze --exclude-editable
} >"$scratch/constraints.txt"
if grep -n ' @ ' "$scratch/constraints.txt"; then
    echo "A package above comes from a path of this machine; nothing was written." >&2
    exit 1
fi
cp "$scratch/constraints.txt" constraints.txt
PATH="$scratch/venv/bin:$PATH" npm install --package-lock-only --ignore-scripts --no-audit --no-fund
