"""The container: a zip that has one form only, so that no byte of it can be changed without notice."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Final

from schema.errors import EvidenceError, FormatError

if TYPE_CHECKING:
    from collections.abc import Mapping

SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"
#: The first line of SHA256SUMS; `sha256sum -c` passes it over.
HEADER: Final = b"# ottempera bundle 1\n"
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_MODE: Final = 0o100644 << 16


def pack(files: Mapping[str, bytes]) -> bytes:
    """*files* by name as a zip: stored, sorted by name, one date, no extras.

    Raises:
        FormatError: a name that is none.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name in sorted(files):
            if not _NAME.fullmatch(name):
                raise FormatError(f"bundle: {name!r} is no name of a file")
            archive.writestr(_info(name), files[name])
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a bundle; packed again they are *data*.

    Raises:
        FormatError: no zip of files. EvidenceError: a zip in another than its one form.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, RuntimeError, EOFError) as error:
        raise FormatError(f"bundle: no zip: {error}") from error
    if pack(files) != data:
        raise EvidenceError("bundle: the zip is not in its one form")
    return files


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system = 3
    info.external_attr = _MODE
    return info
