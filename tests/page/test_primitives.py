"""The page's own arithmetic against published vectors and against libraries of others."""

from __future__ import annotations

import json
import random
import subprocess
from hashlib import sha256
from pathlib import Path
from shutil import which
from typing import Any, Final

import pytest
from nacl.signing import SigningKey

from schema.log import Tree, leaf_hash, root

NODE: Final = which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed: the page's core is not run here")

# RFC 8032 §7.1: key, message, signature.
RFC_8032: Final = {
    "TEST 1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "TEST 2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "TEST 3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    "TEST SHA(abc)": (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
}
WAYS: Final = ("ed25519", "ed25519ByHand", "ed25519Older")
#: The order of the base point (RFC 8032 §5.1).
L: Final = 2**252 + 27742317777372353535851937790883648493
# The lines of the reference tree of Certificate Transparency, and its roots at each size (RFC 6962 §2.1.3 has its shape).
CT_LINES: Final = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
CT_ROOTS: Final = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def ask(*asked: tuple[Any, ...]) -> list[Any]:
    """What the page's functions answer, each `(name, arguments...)` in turn."""
    assert NODE is not None
    done = subprocess.run(
        [NODE, str(Path(__file__).with_name("primitives.mjs"))],
        input=json.dumps(asked), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


def flipped(text: str, bit: int) -> str:
    data = bytearray.fromhex(text)
    data[bit // 8] ^= 1 << bit % 8
    return data.hex()


@pytest.mark.parametrize("name", RFC_8032)
def test_signatures_of_the_rfc(name: str) -> None:
    """They hold by each way, and with any one bit of the signature's turned by none."""
    key, message, signature = RFC_8032[name]
    assert ask(*((way, key, message, signature) for way in WAYS)) == [True, True, True]
    bits = range(0, 512, 37)
    turned = ask(*((way, key, message, flipped(signature, bit)) for way in WAYS for bit in bits))
    assert turned == [False] * len(turned)


def test_signatures_of_another_library() -> None:
    """Of any length, by hand as natively; of another message, or by another key, by neither."""
    dice = random.Random(8032)
    keys = [SigningKey(dice.randbytes(32)) for _ in range(8)]
    asked: list[tuple[str, ...]] = []
    wrong: list[tuple[str, ...]] = []
    for place, key in enumerate(keys):
        message = dice.randbytes(place * 31)
        signature = key.sign(message).signature.hex()
        other = keys[place - 1].verify_key.encode().hex()
        for way in WAYS:
            asked.append((way, key.verify_key.encode().hex(), message.hex(), signature))
            wrong += [
                (way, other, message.hex(), signature),
                (way, key.verify_key.encode().hex(), message.hex() + "00", signature),
            ]
    assert ask(*asked) == [True] * len(asked)
    assert ask(*wrong) == [False] * len(wrong)


def test_signatures_have_one_form() -> None:
    """S + L is no second signature (RFC 8032 §5.1.7), and a point of small order is nobody's key."""
    key, message, signature = RFC_8032["TEST 3"]
    later = int.from_bytes(bytes.fromhex(signature[64:]), "little") + L
    again = signature[:64] + later.to_bytes(32, "little").hex()
    small = ("01" + "00" * 31, "00" * 32, "ec" + "ff" * 30 + "7f")
    asked = [(way, key, message, again) for way in ("ed25519", "ed25519Older")]
    asked += [(way, one, message, one + "00" * 32) for way in ("ed25519", "ed25519Older") for one in small]
    assert ask(*asked) == [False] * len(asked)


def test_digests() -> None:
    """FIPS 180-4's "abc", and every length about the blocks, whole and in pieces, as Python's."""
    assert ask(("sha256", b"abc".hex())) == ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]
    data = random.Random(180).randbytes(300)
    whole = ask(*(("sha256", data[:length].hex()) for length in range(300)))
    assert whole == [sha256(data[:length]).hexdigest() for length in range(300)]
    pieces = ask(*(("sha256InPieces", data[:cut].hex(), data[cut:].hex()) for cut in range(300)))
    assert set(pieces) == {sha256(data).hexdigest()}


def test_roots_of_the_reference_tree() -> None:
    assert ask(("roots", CT_LINES)) == [list(CT_ROOTS)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 64])
def test_subsets(size: int) -> None:
    """Any choice of leaves gives the root with its hashes; with one bit turned, or a hash too many or too few, it does not."""
    leaves = [leaf_hash(b"%d" % place) for place in range(size)]
    tree, dice = Tree(leaves), random.Random(size)
    asked: list[tuple[Any, ...]] = []
    wrong: list[tuple[Any, ...]] = []
    for _ in range(12):
        places = sorted(dice.sample(range(size), dice.randint(1, size)))
        chosen = [leaves[place].hex() for place in places]
        shown = [one.hex() for one in tree.subset(places)]
        asked.append(("rootFromSubset", size, places, chosen, shown))
        turned = flipped(chosen[0], dice.randrange(256))
        wrong += [
            ("rootFromSubset", size, places, [turned, *chosen[1:]], shown),
            ("rootFromSubset", size, places, chosen, [*shown, "00" * 32]),
            *([("rootFromSubset", size, places, chosen, shown[:-1])] if shown else []),
        ]
    assert set(ask(*asked)) == {root(leaves).hex()}
    assert root(leaves).hex() not in ask(*wrong)
