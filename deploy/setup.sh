#!/usr/bin/env bash
# Makes .venv with every extra, exactly as requirements.lock says; `make setup` calls it when the lock or pyproject.toml
# is newer than the last time. Needs Python 3.11 or later; works as root and as an ordinary user.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

# A name on the PATH need not run (version managers leave such), so each candidate is asked for its version.
find_python() {
    local candidate
    for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    say 'no Python 3.11 or later found as python3, python3.14 ... python3.11.'
    say 'Install one, or say where it is: make setup PYTHON=/path/to/python3'
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Debian and Ubuntu keep the pip that a venv starts with in a package of its own.
need_ensurepip() {
    local python=$1 package
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return
    package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    if command -v apt-get >/dev/null && as_root true 2>/dev/null; then
        say "installing $package, without which $python makes no venv"
        as_root apt-get update -qq && as_root apt-get install -qq -y --no-install-recommends "$package" >/dev/null || true
    fi
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return
    say "$python has no ensurepip, which a venv needs."
    say "Install it (Debian, Ubuntu: apt install $package) and run make setup again."
    exit 1
}

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    need_ensurepip "$python"
    say "making .venv with $python"
    rm -rf .venv
    "$python" -m venv .venv
fi
say 'installing what requirements.lock names; each file is checked against its hash'
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
touch .venv/.complete
say 'done: .venv/bin/ottempera'
