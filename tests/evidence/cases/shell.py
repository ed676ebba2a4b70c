"""Bundles whose shell is wrong: the zip, the sums, the signature, the question (steps 1.1 to 1.4)."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

from msgspec import structs
from nacl.signing import SigningKey

from schema.bundle.container import HEADER, SIGNATURE, SUMS, pack
from schema.bundle.parts import read_bundle
from schema.codec import encode
from tests.evidence.cases.case import Made, bad, case
from tests.evidence.forge.keys import Keys
from tests.evidence.forge.stories import bundle, shut
from tests.evidence.forge.tamper import edit, fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.house import House


def _zip(name: str, why: str) -> Callable[[Callable[[dict[str, bytes], bytes], bytes]], None]:
    """Enter a function of the signed files and the bundle to other bytes, as a case of step 1.1."""

    def enter(change: Callable[[dict[str, bytes], bytes], bytes]) -> None:
        def make() -> Made:
            house = shut()
            files = bundle(house).signed()
            return Made(change(files, pack(files)), house.trust())

        case(name, "1.1", why)(make)

    return enter


def _written(
    files: dict[str, bytes], names: list[str], change: Callable[[zipfile.ZipInfo], None], comment: bytes = b""
) -> bytes:
    """Another zip of the same files, by a stock program."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = comment
        for name in names:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            change(info)
            archive.writestr(info, files[name])
    return buffer.getvalue()


@_zip("compressed", "The files are deflated: a zip, but not in its one form.")
def _deflated(files: dict[str, bytes], data: bytes) -> bytes:
    return _written(files, sorted(files), lambda info: setattr(info, "compress_type", zipfile.ZIP_DEFLATED))


@_zip("other-date", "The files carry another date.")
def _dated(files: dict[str, bytes], data: bytes) -> bytes:
    return _written(files, sorted(files), lambda info: setattr(info, "date_time", (2026, 11, 21, 20, 0, 0)))


@_zip("unsorted", "The files are in another order.")
def _backwards(files: dict[str, bytes], data: bytes) -> bytes:
    return _written(files, sorted(files, reverse=True), lambda info: None)


@_zip("extra-field", "A file's header has an extra field.")
def _extra(files: dict[str, bytes], data: bytes) -> bytes:
    return _written(files, sorted(files), lambda info: setattr(info, "extra", b"\x99\x99\x04\x00abcd"))


@_zip("executable", "A file has other attributes.")
def _mode(files: dict[str, bytes], data: bytes) -> bytes:
    return _written(files, sorted(files), lambda info: setattr(info, "external_attr", 0o100755 << 16))


@_zip("comment", "The zip has a comment.")
def _comment(files: dict[str, bytes], data: bytes) -> bytes:
    return _written(files, sorted(files), lambda info: None, b"hello")


@_zip("bytes-before", "Bytes stand before the zip; stock programs read past them.")
def _before(files: dict[str, bytes], data: bytes) -> bytes:
    return b"GIF89a" + data


@_zip("bytes-after", "A byte stands after the zip.")
def _after(files: dict[str, bytes], data: bytes) -> bytes:
    return data + b"\n"


@_zip("twice-in-the-zip", "One name stands twice; which content counts would be the reader's choice.")
def _twice(files: dict[str, bytes], data: bytes) -> bytes:
    names = sorted([*files, "README.txt"])
    return _written(files, list(dict.fromkeys(names)), lambda info: None)[:0] + _doubled(files)


def _doubled(files: dict[str, bytes]) -> bytes:
    """README.txt twice, by patching the name of LEGGIMI.txt, which is one letter longer, in a zip of its own."""
    other = dict(files)
    other["READMF.txt"] = b"Another text under the same name.\n"
    return pack(other).replace(b"READMF.txt", b"README.txt")


@_zip("local-name-differs", "A local header calls its file otherwise than the directory at the end.")
def _local(files: dict[str, bytes], data: bytes) -> bytes:
    place = data.index(b"README.txt")
    return data[:place] + b"README.TXT" + data[place + 10 :]


@_zip("wrong-crc", "The checksum of a file is another, in both places.")
def _crc(files: dict[str, bytes], data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        crc = struct.pack("<I", archive.getinfo("README.txt").CRC)
    return data.replace(crc, struct.pack("<I", 0x12345678))


@_zip("cut-short", "The end of the file is missing.")
def _cut(files: dict[str, bytes], data: bytes) -> bytes:
    return data[: len(data) * 3 // 4]


@_zip("empty", "A file of no bytes.")
def _empty(files: dict[str, bytes], data: bytes) -> bytes:
    return b""


@_zip("no-zip", "A text.")
def _no_zip(files: dict[str, bytes], data: bytes) -> bytes:
    return b"Questo non e' un fascicolo.\n" * 100


@_zip("name-that-climbs", "A file's name leads out of the folder in which it would be unpacked.")
def _climbs(files: dict[str, bytes], data: bytes) -> bytes:
    return data.replace(b"README.txt", b"../EAD.txt")


def _sums(name: str, why: str) -> Callable[[Callable[[Draft], dict[str, bytes]]], None]:
    """Enter a function of a draft to the files that are packed, as a case of step 1.2."""

    def enter(change: Callable[[Draft], dict[str, bytes]]) -> None:
        def make() -> Made:
            house = shut()
            return Made(pack(change(bundle(house))), house.trust())

        case(name, "1.2", why)(make)

    return enter


def resigned(draft: Draft, files: dict[str, bytes], sums: bytes) -> dict[str, bytes]:
    """*files* under other *sums*, signed by the collector's key."""
    return files | {SUMS: sums, SIGNATURE: SigningKey(draft.keys.seed).sign(sums).signature}


@_sums("file-not-in-the-sums", "A file is in the zip of which the sums do not know.")
def _unlisted(draft: Draft) -> dict[str, bytes]:
    return draft.signed() | {"orders/altro.1.json": b"{}"}


@_sums("file-missing", "A file that the sums list is not there.")
def _unfound(draft: Draft) -> dict[str, bytes]:
    files = draft.signed()
    del files["README.txt"]
    return files


@_sums("file-changed", "A file is not what the sums say: the plainest of forgeries.")
def _changed(draft: Draft) -> dict[str, bytes]:
    files = draft.signed()
    return files | {"derived/days.csv": files["derived/days.csv"].replace(b",1,0,0,", b",1,0,1,")}


@_sums("sums-without-their-first-line", "The first line is missing.")
def _headless(draft: Draft) -> dict[str, bytes]:
    files = draft.signed()
    return resigned(draft, files, files[SUMS].removeprefix(HEADER))


@_sums("sums-unsorted", "The lines are in another order.")
def _disordered(draft: Draft) -> dict[str, bytes]:
    files = draft.signed()
    first, *lines = files[SUMS].splitlines(keepends=True)
    return resigned(draft, files, first + b"".join(reversed(lines)))


@_sums("sums-in-capitals", "Hashes in capitals: stock programs take them, and there would be two forms.")
def _capitals(draft: Draft) -> dict[str, bytes]:
    files = draft.signed()
    first, *lines = files[SUMS].splitlines(keepends=True)
    return resigned(draft, files, first + b"".join(line[:64].upper() + line[64:] for line in lines))


@_sums("no-sums", "There is no SHA256SUMS.")
def _no_sums(draft: Draft) -> dict[str, bytes]:
    files = draft.signed()
    del files[SUMS]
    return files


@bad("name-outside-the-layout", "1.2", "A file, listed and signed, whose name the layout does not have.")
def _smuggled(house: House, draft: Draft) -> None:
    draft.files["notes/counsel.txt"] = b"Something that nobody asked for.\n"


@bad("number-without-zeros", "1.2", "A plan's file whose number is not padded.")
def _unpadded(house: House, draft: Draft) -> None:
    draft.files["plans/1.json"] = draft.files.pop("plans/0000000001.json")


def _asks(name: str, why: str, **changes: object) -> None:
    @bad(name, "1.3", why)
    def _(house: House, draft: Draft) -> None:
        edit(draft, "bundle.json", lambda data: fields(read_bundle, **changes)(data) + b"\n")


_asks("unknown-version", "A bundle of version 2.", v=2)
_asks(
    "other-log",
    "The bundle is of a log that the reader does not trust.",
    origin="ottempera/collector/0123456789abcdef/1",
)
_asks("other-key", "The bundle names another key than the log's.", key="ab" * 32)
_asks("not-of-a-lab", "The trust file is a lab's and the bundle says that it is none.", lab=False)


@case(
    "lab-bundle-before-a-judge", "1.3", "The trust file is for measured data, and the bundle is of an invented world."
)
def _lab() -> Made:
    house = shut()
    return Made(bundle(house).pack(), structs.replace(house.trust(), lab=False))


@bad("days-backwards", "1.3", "The first day is after the last.")
def _days(house: House, draft: Draft) -> None:
    asked = read_bundle(draft.files["bundle.json"])
    query = structs.replace(asked.query, first_day=asked.query.last_day.replace(day=28))
    draft.files["bundle.json"] = encode(structs.replace(asked, query=query)) + b"\n"


@bad("operators-unsorted", "1.3", "The operators of the question are not in order.")
def _operators(house: House, draft: Draft) -> None:
    asked = read_bundle(draft.files["bundle.json"])
    query = structs.replace(asked.query, operators=asked.query.operators[::-1])
    draft.files["bundle.json"] = encode(structs.replace(asked, query=query)) + b"\n"


@bad("question-with-spaces", "1.3", "bundle.json means the same and is not in its one form.")
def _spaces(house: House, draft: Draft) -> None:
    edit(draft, "bundle.json", lambda data: data.replace(b'"v":1', b'"v": 1'))


@bad("no-question", "1.3", "There is no bundle.json.")
def _no_question(house: House, draft: Draft) -> None:
    del draft.files["bundle.json"]


@bad("signed-by-another", "1.4", "The sums are signed by a key that is not the log's.")
def _other_signer(house: House, draft: Draft) -> None:
    draft.keys = Keys("somebody else")


@case("signature-cut", "1.4", "The signature has 63 bytes.")
def _short_signature() -> Made:
    house = shut()
    files = bundle(house).signed()
    return Made(pack(files | {SIGNATURE: files[SIGNATURE][:63]}), house.trust())


@bad("collector-key-missing", "1.4", "The collector's key is not in the bundle.")
def _no_key(house: House, draft: Draft) -> None:
    del draft.files[f"keys/{house.keys.id}.pem"]


@bad("collector-key-of-another", "1.4", "Under the name of the collector's key stands another.")
def _wrong_key(house: House, draft: Draft) -> None:
    draft.files[f"keys/{house.keys.id}.pem"] = Keys("somebody else").pem
