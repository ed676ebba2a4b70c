"""`make lab-real`: brings the lab up, says who is where and how to ask, and stays until it is interrupted.

`python -m deploy.lab.real FOLDER [-- COMMAND...]` runs COMMAND inside instead, with the lab's authority as the system's
(SSL_CERT_FILE), and ends as it does.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from deploy.lab.real.lab import RealLab
from deploy.lab.real.namespace import enclosed, environment
from deploy.lab.real.show import guide
from schema.errors import OttemperaError

_INSIDE = "--inside"


def main() -> int:
    """Enter a namespace of our own, then be the lab."""
    parser = argparse.ArgumentParser(prog="python -m deploy.lab.real")
    parser.add_argument(_INSIDE, action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path, help="for configurations, keys and logs")
    parser.add_argument("command", nargs="*", help="run this inside instead of waiting")
    options = parser.parse_args()
    if not options.inside:
        command = enclosed([sys.executable, "-m", "deploy.lab.real", _INSIDE, *sys.argv[1:]])
        os.execvpe(command[0], command, environment())  # noqa: S606 - our own command, arguments and all
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with RealLab(options.folder) as lab:
            if options.command:
                trusting = {**environment(), "SSL_CERT_FILE": str(lab.trust)}
                return subprocess.run(options.command, check=False, env=trusting).returncode  # noqa: S603 - the user's own
            sys.stdout.writelines(f"{line}\n" for line in guide(lab, os.getpid()))
            sys.stdout.flush()
            signal.pause()
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OttemperaError as error:
        sys.stderr.write(f"{error} {error.remedy}\n")
        sys.exit(error.exit_code)
