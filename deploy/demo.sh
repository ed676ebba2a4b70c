#!/usr/bin/env bash
# The main job on the scripted lab: half a year of an invented world in rounds of a day, which of its days are due, counted,
# not counted and why, then the pages.
# Nothing leaves the machine. The data lies in a fresh folder that goes away at the end, unless DEMO_DATA names one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/system.sh
. tests/system.sh

# shellcheck disable=SC2034  # read by system.sh
wanted=(
    '/usr/bin/openssl|openssl|time stamps on what the demo records'
    '/usr/lib/*/faketime/libfaketime.so.1|libfaketime|the same'
)
provide

scenario=deploy/lab/scenarios/milano-2022.toml
rounds=${ROUNDS:-174} # 11 July to 31 December 2022
options=(--serve)
[ -z "${NO_SERVE:-}" ] || options=(--no-serve)
[ -z "${LISTEN:-}" ] || options+=(--listen "$LISTEN")

if [ -n "${DEMO_DATA:-}" ]; then
    data=$DEMO_DATA
    mkdir -p "$data"
else
    data=$(mktemp -d "${TMPDIR:-/var/tmp}/ottempera-demo.XXXXXX")
    chmod 755 "$data" # as root the server runs under another account, which must be able to enter
fi

finish() {
    [ -n "${DEMO_DATA:-}" ] || rm -rf "$data" # `up` has stopped the Postgres in it
}
trap finish EXIT

printf 'The data: .venv/bin/ottempera sql --data %s\n' "$data"
.venv/bin/ottempera up --lab --scenario "$scenario" --rounds "$rounds" --data "$data" "${options[@]}"
