"""What declares itself a list of CNCPO's is refused by its name and first lines, and nothing of it is repeated."""

from __future__ import annotations

import pytest

from collector.lists.formats import read_list
from collector.lists.refused import RefusedListError, refuse


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("CNCPO.txt", "a.example\n"),
        ("lista_cncpo_2024.txt", "a.example\n"),
        ("listaCncpo.txt", "a.example\n"),
        ("x.txt", "# Lista CNCPO\na.example\n"),
        ("x.txt", "CNCPO_2024.01.02\na.example\n"),
        ("x.txt", "# C.N.C.P.O.\na.example\n"),
        ("x.txt", "; Centro Nazionale per il Contrasto della Pedopornografia on-line\n"),
        ("x.txt", "# CENTRO NAZIONALE PER IL CONTRASTO ALLA PEDO-PORNOGRAFIA\n"),
        ("x.txt", "$ORIGIN cncpo.rpz.\n"),
        ("x.txt", "# ListaCNCPO\n"),
        ("x.txt", "# ＣＮＣＰＯ\n"),  # noqa: RUF001 - full-width is the point
        ("x.txt", "# child sexual abuse material\n"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_cncpo_is_refused(name: str, head: str, encoding: str) -> None:
    if encoding != "utf-8" and not head.isascii():
        head = head.encode("ascii", "ignore").decode() + "# cncpo\n"
    with pytest.raises(RefusedListError) as refused:
        refuse(name, head.encode(encoding))
    assert "a.example" not in str(refused.value)


@pytest.mark.parametrize(
    "line", ["cncpower.example", "acncpo.example", "picnc.porn.example", "cnc.po.it", "# a list for CNC power tools"]
)
def test_other_names_are_not_it(line: str) -> None:
    refuse("list.txt", line.encode())


def test_a_comment_further_down_declares_it_too() -> None:
    body = "a.example\n" * 200 + "# from here on: CNCPO\nb.example\n"
    refuse("list.txt", body.encode())
    with pytest.raises(RefusedListError):
        read_list(body.encode(), "list.txt")
