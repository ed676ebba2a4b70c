"""The container: a zip that has one form only, so that no byte of it can be changed without notice; read file by file."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple
from zlib import crc32

from schema.bundle.zipform import (
    CENTRAL_BYTES,
    MAX_FILE_BYTES,
    TAIL_BYTES,
    End,
    Place,
    central_header,
    is_name,
    local_header,
    read_central,
    read_end,
    tail,
)
from schema.errors import EvidenceError, FormatError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"
#: The first line of SHA256SUMS; `sha256sum -c` passes it over.
HEADER: Final = b"# ottempera bundle 1\n"
MAX_FILES: Final = 4_000_000
MAX_LINE_BYTES: Final = 16 * 2**20
_CHUNK: Final = 2**20


class Archive:
    """A bundle's zip in its one form, open for reading; what is held of it is its directory.

    Raises (here and in every method): FormatError: no zip, or no such file in it. EvidenceError: a zip in another form.
    """

    def __init__(self, file: BinaryIO) -> None:
        """Read the directory of *file* and compare every header with the one form; `digests` compares the rest."""
        self._file = file
        self._size = file.seek(0, io.SEEK_END)
        last = self._at(max(0, self._size - TAIL_BYTES), min(TAIL_BYTES, self._size))
        end = read_end(last)
        if end.offset + end.size > self._size or end.files > min(MAX_FILES, end.size):
            raise FormatError("bundle: the zip's directory lies outside the file")
        self._places: dict[str, Place] = {}
        for place in self._directory(end):
            self._places[place.name] = place
        if self._at(end.offset + end.size, self._size - end.offset - end.size) != tail(end):
            raise EvidenceError("bundle: the zip does not end in its one form")
        for place in self._places.values():
            if self._at(place.offset, place.start - place.offset) != local_header(place):
                raise EvidenceError(f"bundle: the header of {place.name} is not in its one form")

    @property
    def names(self) -> list[str]:
        """The names of the files, ascending."""
        return list(self._places)

    def __contains__(self, name: object) -> bool:
        """Whether there is a file *name*."""
        return name in self._places

    def size(self, name: str) -> int:
        """How many bytes the file *name* has."""
        return self._place(name).size

    def read(self, name: str, most: int) -> bytes:
        """The file *name*, which has at most so many bytes."""
        place = self._place(name)
        if place.size > most:
            raise FormatError(f"bundle: {name} has more than {most} bytes")
        return self._at(place.start, place.size)

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of *name*, piece by piece."""
        place = self._place(name)
        for at in range(place.start, place.end, _CHUNK):
            yield self._at(at, min(_CHUNK, place.end - at))

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of *name* without their newlines; each has one, also the last."""
        rest = b""
        for chunk in self.chunks(name):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
            if len(rest) > MAX_LINE_BYTES:
                raise FormatError(f"bundle: a line of {name} has more than {MAX_LINE_BYTES} bytes")
        if rest:
            raise FormatError(f"bundle: the last line of {name} has no newline")

    def digests(self) -> dict[str, str]:
        """Hex SHA-256 of every file by name, in one reading that also holds each against its CRC-32."""
        found = {}
        for name, place in self._places.items():
            digest, crc = sha256(), 0
            for chunk in self.chunks(name):
                digest.update(chunk)
                crc = crc32(chunk, crc)
            if crc != place.crc:
                raise EvidenceError(f"bundle: the checksum of {name} in the zip is not that of its bytes")
            found[name] = digest.hexdigest()
        return found

    def _place(self, name: str) -> Place:
        try:
            return self._places[name]
        except KeyError:
            raise FormatError(f"bundle: there is no {name}") from None

    def _directory(self, end: End) -> Iterator[Place]:
        """The files in the order of the directory, which is that of their names and of their bytes."""
        held, at, ahead = b"", 0, end.offset
        position, before = 0, ""
        for _ in range(end.files):
            if len(held) - at < CENTRAL_BYTES:
                more = self._at(ahead, min(_CHUNK, end.offset + end.size - ahead))
                held, at, ahead = held[at:] + more, 0, ahead + len(more)
            place, after = read_central(held, at)
            if not is_name(place.name) or place.name <= before:
                raise EvidenceError(f"bundle: the name {place.name!r} in the zip is none, or not in order")
            if place.offset != position or held[at:after] != central_header(place) or place.end > end.offset:
                raise EvidenceError(f"bundle: the zip's directory is not in its one form at {place.name}")
            position, before, at = place.end, place.name, after
            yield place
        if position != end.offset or at != len(held) or ahead != end.offset + end.size:
            raise EvidenceError("bundle: the zip holds bytes that are no file's")

    def _at(self, offset: int, count: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(count)
        if len(data) != count:
            raise FormatError("bundle: the file was cut off while it was read")
        return data


class _Held(NamedTuple):
    """Where in the scratch file the bytes of a file stand."""

    at: int
    size: int
    crc: int
    digest: str


class Writer:
    """Writes a bundle; files come in any order and are kept in *scratch* (open for writing and reading) until the end."""

    def __init__(self, scratch: BinaryIO) -> None:
        """Begin with an empty bundle."""
        self._scratch = scratch
        self._held: dict[str, _Held] = {}
        self._end = 0

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Add a file of these bytes, piece by piece; SHA256SUMS and its signature are not added but made.

        Raises:
            FormatError: a name that is none, stands already or is too large for its one form.
        """
        if not is_name(name) or name in self._held:
            raise FormatError(f"bundle: {name!r} is no name of a file, or stands already")
        self._scratch.seek(self._end)
        size, crc, digest = 0, 0, sha256()
        for chunk in chunks:
            self._scratch.write(chunk)
            size, crc = size + len(chunk), crc32(chunk, crc)
            digest.update(chunk)
        if size > MAX_FILE_BYTES:
            raise FormatError(f"bundle: {name} has {size} bytes", remedy="Ask for a shorter period.")
        self._held[name] = _Held(self._end, size, crc, digest.hexdigest())
        self._end += size

    def finish(self, file: BinaryIO, sign: Callable[[bytes], bytes]) -> None:
        """Write the whole to *file*; *sign* gives the 64 bytes over SHA256SUMS."""
        sums = sums_of({name: held.digest for name, held in self._held.items()})
        self.add(SUMS, (sums,))
        self.add(SIGNATURE, (sign(sums),))
        self.pack(file)

    def pack(self, file: BinaryIO) -> None:
        """Write to *file* what was added and nothing else."""
        places, offset = [], 0
        for name, held in sorted(self._held.items()):
            place = Place(name, held.size, held.crc, offset)
            file.write(local_header(place))
            self._scratch.seek(held.at)
            file.writelines(self._scratch.read(min(_CHUNK, held.size - at)) for at in range(0, held.size, _CHUNK))
            places.append(place)
            offset = place.end
        size = 0
        for place in places:
            size += file.write(central_header(place))
        file.write(tail(End(len(places), size, offset)))


def sums_of(digests: Mapping[str, str]) -> bytes:
    """SHA256SUMS over *digests* (hex, by name)."""
    return HEADER + b"".join(f"{digests[name]}  {name}\n".encode("ascii") for name in sorted(digests))


def pack(files: Mapping[str, bytes]) -> bytes:
    """*files* by name in a zip of the one form; for bundles that fit into memory.

    Raises:
        FormatError: a name that is none.
    """
    writer, packed = Writer(io.BytesIO()), io.BytesIO()
    for name, data in files.items():
        writer.add(name, (data,))
    writer.pack(packed)
    return packed.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a bundle that fits into memory; packed again they are *data*.

    Raises:
        FormatError: no zip of files. EvidenceError: a zip in another than its one form.
    """
    archive = Archive(io.BytesIO(data))
    archive.digests()
    return {name: archive.read(name, len(data)) for name in archive.names}
