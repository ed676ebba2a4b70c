"""Runs any verifier against the cases beside this file: `run.py [--page] PROGRAM ARGUMENT...`, with {bundle} and {trust} in it.

Needs nothing but Python. Ends with 1 if the program said anything else than what is expected of a case.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

EXIT = {"valid": 0, "altered": 10, "incomplete": 11, "absences": 12, "undecided": 13}
HERE = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """Run them all; how many came out otherwise decides the exit code."""
    page = arguments[:1] == ["--page"]
    command = arguments[page:]
    if not any("{bundle}" in word for word in command):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    cases = sorted(path.parent for path in HERE.glob("*/expected.json"))
    wrong = 0
    for case in cases:
        expected = json.loads((case / "expected.json").read_bytes())
        wanted = (expected.get("page") if page else None) or expected
        words = [word.format(bundle=case / "bundle.zip", trust=case / "trust.json") for word in command]
        code = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
        if code != EXIT[wanted["result"]]:
            wrong += 1
            wished = wanted["result"]
            sys.stdout.write(
                f"{case.name}: {wished} ({EXIT[wished]}) is expected, it ended with {code}: {expected['why']}\n"
            )
    sys.stdout.write(f"{len(cases)} cases, {wrong} otherwise than expected\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
