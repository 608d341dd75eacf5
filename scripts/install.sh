#!/bin/sh
# Make .venv if need be and install requirements into it.
#
#   scripts/install.sh STAMP REQUIREMENTS...
#
# STAMP is touched when everything is installed. An installation that was interrupted leaves .venv/.unfinished behind,
# and the next one begins afresh: pip takes a half-copied package for a whole one.
set -eu
cd "$(dirname "$0")/.."
stamp=$1
shift

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13 python3.14 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            printf '%s' "$candidate"
            return
        fi
    done
    found=$(python3 --version 2>&1 || true)
    say "Soundstage needs Python 3.11 or later, and there is none here (python3 says: ${found:-nothing}). Install it, or name one: make run PYTHON=/path/to/python3.11"
    exit 1
}

# Two installations may start at once from one checkout: the second waits, and finds the work done.
if command -v flock >/dev/null 2>&1; then
    exec 9<scripts/install.sh
    flock 9
fi
fresh=yes
for file in "$@" constraints.txt; do
    if [ ! -e "$stamp" ] || [ -n "$(find "$file" -newer "$stamp")" ]; then fresh=no; fi
done
if [ "$fresh" = yes ] && .venv/bin/python -c '' 2>/dev/null; then exit 0; fi

if [ -e .venv/.unfinished ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        say "$python has no venv module. On Debian and Ubuntu: apt-get install python3-venv; or name another Python: make run PYTHON=/path/to/python3.11"
        exit 1
    fi
    rm -rf .venv
    say "Making .venv with $("$python" --version) ..."
    "$python" -m venv .venv
fi

say "Installing $* ..."
touch .venv/.unfinished
options=""
for file in "$@"; do options="$options -r $file"; done
# shellcheck disable=SC2086 # the names of our own files hold no spaces
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input $options -c constraints.txt
rm .venv/.unfinished
touch "$stamp"
