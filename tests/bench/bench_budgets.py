"""What `make bench` finds in this folder: hands over to `run`, which provides programs and a network first."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    script = Path(__file__).with_name("run")
    os.execv(script, [str(script), *sys.argv[1:]])  # noqa: S606  it is beside this file
