#!/usr/bin/env bash
# Writes requirements.lock (every extra) and requirements-probe.lock (what a probe needs) from the ranges of
# pyproject.toml, with hashes. `deploy/lock.sh --upgrade` takes the newest versions the ranges allow; without it what
# is locked stays. A lock names no index and no path: where packages come from is the machine's affair.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# "ottempera" counts as unsafe so that the extras that name one another do not put this checkout into its own lock.
options=(
    --quiet --generate-hashes --strip-extras --unsafe-package ottempera --no-header --annotation-style line
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --resolver backtracking
)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# $1: file; $2: what it is for; the rest: options
lock() {
    local file=$1 purpose=$2
    shift 2
    [ ! -f "$file" ] || cp "$file" "$scratch/$file"
    .venv/bin/pip-compile "${options[@]}" "$@" --output-file "$scratch/$file" pyproject.toml 2>"$scratch/said" ||
        { cat "$scratch/said" >&2; exit 1; }
    {
        printf '# %s Written by `make lock`; do not edit.\n' "$purpose"
        sed -E -e '/^# (The following packages|WARNING: )/,$d' \
            -e 's/-c [^ ,]*, //; s/(ottempera, )?ottempera \(pyproject\.toml\)/pyproject.toml/; s/, ottempera$//' \
            "$scratch/$file" | sed -e '${/^$/d}'
    } >"$scratch/clean"
    cp "$scratch/clean" "$file"
}

lock requirements.lock 'Everything: collector, lab, embedded Postgres, development.' --all-extras "$@"
lock requirements-probe.lock 'What a probe needs and nothing more.' --constraint requirements.lock "$@"
