#!/usr/bin/env bash
# The main job on the scripted lab: half a year of an invented world in rounds of a day, then the pages.
# Nothing leaves the machine. The data lies in a fresh folder that goes away at the end, unless DEMO_DATA names one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scenario=deploy/lab/scenarios/milano-2022.toml
rounds=${ROUNDS:-174} # 11 July to 31 December 2022
listen=${LISTEN:-127.0.0.1:8080}

if [ -n "${DEMO_DATA:-}" ]; then
    data=$DEMO_DATA
    mkdir -p "$data"
else
    data=$(mktemp -d "${TMPDIR:-/var/tmp}/ottempera-demo.XXXXXX")
    chmod 755 "$data" # as root the server runs under another account, which must be able to enter
fi

finish() {
    .venv/bin/python -c 'import sys, pathlib, deploy.postgres as p; p.stop(pathlib.Path(sys.argv[1]))' "$data" || true
    [ -n "${DEMO_DATA:-}" ] || rm -rf "$data"
}
trap finish EXIT

.venv/bin/ottempera up --lab --scenario "$scenario" --rounds "$rounds" --data "$data" --listen "$listen"
[ -z "${NO_SERVE:-}" ] || exit 0
printf '\nThe pages: http://%s/   The data: .venv/bin/ottempera sql --data %s   Ctrl-C ends both.\n' "$listen" "$data"
.venv/bin/ottempera collector serve --data "$data" --listen "$listen"
