"""The two verifiers as one function each: bytes and a trust file in, result and step out. They share no code."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from collector.evidence.replay import Replayer
from schema.errors import FormatError
from schema.verifier.verify import open_trust, verify

if TYPE_CHECKING:
    from types import TracebackType

HERE: Final = Path(__file__).parent
NODE: Final = which("node")
#: What both say of a trust file that is none, whatever the bundle.
NO_TRUST: Final = "no trust file"


class Said(NamedTuple):
    """What a verifier says: `step` is the first that does not hold, none where all do."""

    result: str
    step: str | None
    detail: str = ""


class Command:
    """The verifier that is a Python program."""

    def __init__(self) -> None:
        self._replay = Replayer()

    def __call__(self, bundle: bytes, trust: bytes) -> Said:
        try:
            reader = open_trust(trust)
        except FormatError as error:
            return Said(NO_TRUST, None, str(error))
        report = verify(io.BytesIO(bundle), reader, replay=self._replay)
        return Said(report.result.value, report.step or None, report.detail)


class Page:
    """The core of verify.html in one process of node, which is fed one bundle after the other."""

    def __init__(self) -> None:
        assert NODE is not None
        self._process = subprocess.Popen([NODE, str(HERE / "page.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        """Itself: the process runs already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process by ending what it reads."""
        assert self._process.stdin is not None
        with self._process:  # closes its ends and waits
            self._process.stdin.close()

    def __call__(self, bundle: bytes, trust: bytes) -> Said:
        """What the page says.

        Raises:
            AssertionError: it died, or something else than a verdict came out.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(len(bundle).to_bytes(4, "big") + len(trust).to_bytes(4, "big") + bundle + trust)
        stdin.flush()
        line = stdout.readline()
        assert line, "node ended"
        said = json.loads(line)
        assert "crash" not in said, said
        return Said(said["result"], said["step"], said.get("detail") or "")
