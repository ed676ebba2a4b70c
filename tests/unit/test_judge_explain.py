"""Verdicts in words: whole, on one line, true to what was asked and what came, and safe to print."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dns.edns
import dns.message
import pytest
from msgspec.structs import replace

from collector.judge import judge_round
from collector.judge.account import judge_explained
from collector.judge.board import Board
from collector.judge.explain import explain
from collector.judge.explain.english import WORDS as ENGLISH
from collector.judge.explain.italian import WORDS as ITALIAN
from collector.judge.explain.select import Vouched
from collector.judge.explain.text import error, host, listed, shown, written
from collector.judge.seen import Form
from collector.judge.setting import Memory
from collector.judge.standing import Health
from collector.judge.witnesses import Why, Witness, witnesses
from collector.judge.wording import WORDINGS
from collector.registry import default_policy
from schema.codec import encode
from schema.policy import Bound
from schema.registry import KNOWN_ABSENT
from schema.words import Failure, Gap, Note, Origin, Outcome, Profile, Role, Sign
from tests.unit.judge_build import (
    CONTROLS,
    ELSEWHERE,
    ISP,
    LIVE,
    NAME,
    POLICY,
    QUAD9,
    TCP,
    TLS,
    TLS_2,
    TWIN,
    UDP,
    WORLD,
    Cells,
)
from tests.unit.judge_vectors import VECTORS, Vector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from collector.judge.account import Account
    from collector.judge.explain import Explained
    from collector.judge.explain.vocabulary import Vocabulary

MOST_WORDS = 160
GAP_FORMS = {Form.TIMEOUT, Form.FAILED, Form.NOT_ASKED}  # told by their reason


def account(cells: Cells, resolver: str = "cloudflare", bound: tuple[Bound, ...] = ()) -> Account:
    policy = default_policy(WORLD, bound) if bound else cells.policy
    found = judge_explained(cells.records, WORLD, policy)
    return next(one for verdict, one in found if (verdict.resolver, verdict.name) == (resolver, NAME))


def said(cells: Cells, resolver: str = "cloudflare", bound: tuple[Bound, ...] = ()) -> Explained:
    return explain(account(cells, resolver, bound))


def mutated(wire: bytes, dice: random.Random) -> bytes:
    """*wire* with a few bytes changed behind its id, or cut short."""
    data = bytearray(wire)
    for _ in range(dice.choice((0, 1, 1, 2, 8))):
        data[dice.randrange(2, len(data))] = dice.randrange(256)
    return bytes(data[: dice.choice((len(data), len(data), dice.randrange(len(data))))])


def alive() -> Cells:
    return Cells().controls(LIVE)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.rule_id)
def test_verdicts_are_those_of_the_judge(vector: Vector) -> None:
    judged = judge_round(vector.cells.records, WORLD, vector.cells.policy)
    told = judge_explained(vector.cells.records, WORLD, vector.cells.policy)
    assert [verdict for verdict, _ in told] == judged
    assert [one.verdict for _, one in told] == judged


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.rule_id)
def test_each_rule_is_told_in_one_line(vector: Vector) -> None:
    """Name, time, rule, what it says and what would change it stand in both languages."""
    told = said(vector.cells, vector.resolver)
    for place, sentence in enumerate(told):
        says, change = WORDINGS[vector.rule_id][place], WORDINGS[vector.rule_id][place + 2]
        assert sentence.isprintable()
        assert "{" not in sentence
        assert NAME.removesuffix(".") in sentence
        assert "2026" in sentence
        assert f" {vector.rule_id} (" in sentence
        assert says[1:] in sentence
        assert sentence.endswith(change)
        assert len(sentence.split()) <= MOST_WORDS


def test_no_records_no_words() -> None:
    assert judge_explained([], WORLD, POLICY) == []


def test_the_vantage_may_be_unknown() -> None:
    told = said(Cells("nobody-01").controls(LIVE).target("cloudflare", TLS, LIVE))
    assert "probe nobody-01 asked Cloudflare (1.1.1.1)" in told.en
    assert "la sonda nobody-01 ha chiesto a Cloudflare (1.1.1.1)" in told.it


class TestAsked:
    """What was asked, and when."""

    def test_counts_what_was_put_on_the_channel_that_decides(self) -> None:
        asked = account(
            alive().users("cloudflare", TLS, LIVE).target("cloudflare", TLS_2, LIVE).users("cloudflare", UDP, LIVE)
        ).asked
        assert (asked.times, asked.servers, asked.transports) == (3, ("1.1.1.1", "1.0.0.1"), ("tls",))
        assert asked.verifiable

    def test_a_gap_is_no_question(self) -> None:
        cells = alive().target("cloudflare", TLS, LIVE).target("cloudflare", TLS, Gap.QUOTA, repeat=1)
        assert account(cells).asked.times == 1
        assert "the probe's disk was full" in said(cells).en

    def test_nothing_was_put(self) -> None:
        told = said(alive().target("cloudflare", UDP, Gap.NEVER_PROBE))
        assert "was to ask Cloudflare" in told.en
        assert "doveva chiedere a Cloudflare" in told.it
        assert "excludes the name" in told.en

    def test_a_day_that_ends(self) -> None:
        cells = Cells(at=datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC)).controls(LIVE).target("cloudflare", TLS, LIVE)
        later = cells.records[-1][1]
        again = replace(later, cell=len(cells.records), at=datetime(2026, 10, 31, 23, 0, 1, tzinfo=UTC), repeat=1)
        cells.records.append((encode(again), again))
        told = said(cells)
        assert told.en.startswith("From 31 October 2026, 23:59, to 1 November 2026, 00:00 (Rome), probe")
        assert told.it.startswith("Dal 31 ottobre 2026, ore 23:59, al 1º novembre 2026, ore 00:00 (Roma), la sonda")

    @pytest.mark.parametrize(
        ("at", "english", "italian"),
        [
            ((2026, 8, 8, 10), "On 8 August 2026 at 12:00 (Rome) ", "L'8 agosto 2026, alle ore 12:00 (Roma), "),
            ((2026, 1, 11, 10), "On 11 January 2026 at 11:00 (Rome) ", "L'11 gennaio 2026, alle ore 11:00 (Roma), "),
            ((2026, 5, 31, 22), "On 1 June 2026 at 00:00 (Rome) ", "Il 1º giugno 2026, alle ore 00:00 (Roma), "),
        ],
    )
    def test_articles_and_summer_time(self, at: tuple[int, int, int, int], english: str, italian: str) -> None:
        when = datetime(*at, tzinfo=UTC)
        told = said(Cells(at=when).controls(LIVE).target("cloudflare", TLS, LIVE))
        assert told.en.startswith(english)
        assert told.it.startswith(italian)


class TestAnswered:
    """What came back, on each channel."""

    def test_a_pool_is_counted(self) -> None:
        cells = alive()
        for repeat, what in enumerate((LIVE, "NXDOMAIN", LIVE)):
            cells.target("cloudflare", TLS, what, repeat=repeat)
        came = account(cells).answered
        assert [(one.form, one.times) for one in came] == [(Form.ADDRESS, 2), (Form.NXDOMAIN, 1)]
        assert f"twice the answer was {LIVE}; once the answer was that the name does not exist" in said(cells).en

    def test_where_answers_differ_by_server(self) -> None:
        told = said(alive().target("cloudflare", TLS, LIVE).target("cloudflare", TLS_2, "NXDOMAIN"))
        assert f"once the answer was {LIVE} (from 1.1.1.1); once" in told.en
        assert "una volta la risposta è stata che il nome non esiste (da 1.0.0.1)" in told.it

    def test_port_53_that_says_the_same(self) -> None:
        told = said(alive().users("cloudflare", TLS, LIVE).users("cloudflare", UDP, LIVE))
        assert "On port 53 (UDP) the answer was the same." in told.en
        assert "Sulla porta 53 (UDP) l'esito è stato lo stesso." in told.it

    def test_port_53_that_says_another_thing(self) -> None:
        told = said(alive().users("cloudflare", TLS, LIVE).target("cloudflare", TCP, "NXDOMAIN"))
        assert (
            "On port 53 (TCP), where nothing shows who answers: the answer was that the name does not exist." in told.en
        )

    def test_several_answers_in_their_order(self) -> None:
        cells = alive().target("cloudflare", UDP, ELSEWHERE, also=((LIVE,),)).users("cloudflare", TLS, LIVE)
        assert f"several answers came to the one question ({ELSEWHERE}, then {LIVE})." in said(cells).en
        assert f"più risposte ({ELSEWHERE}, poi {LIVE})." in said(cells).it

    def test_by_what_it_is_shown_that_another_answers(self) -> None:
        cells = alive().target("cloudflare", UDP, ELSEWHERE, also=((LIVE,),)).users("cloudflare", TLS, LIVE)
        assert account(cells).signs == (Sign.DATAGRAMS,)
        assert "shown to answer. What shows it: more than one answer to one question." in said(cells).en
        assert "diverso dal resolver. Lo si vede da più risposte a una sola domanda." in said(cells).it

    def test_and_where_the_path_is_blamed(self) -> None:
        cells = alive().identity("cloudflare", UDP, "=tim-dns").users("cloudflare", UDP, "NXDOMAIN")
        one = account(cells)
        assert (one.verdict.origin, one.signs) == (Origin.PATH, (Sign.IDENTITY,))
        assert "nothing is said of the resolver. What shows it: the name that it gives itself." in said(cells).en

    def test_dnssec_is_told_where_it_differs(self) -> None:
        cells = alive().users("cloudflare", TLS, "NXDOMAIN").target("cloudflare", TLS, LIVE, profile=Profile.DNSSEC)
        assert f"Asked with DNSSEC data, as users do not ask, the answer was {LIVE}." in said(cells).en

    def test_another_type_is_told_where_it_differs(self) -> None:
        cells = alive().controls("2001:db8::7", qtype="AAAA").target("cloudflare", TLS, "NXDOMAIN")
        cells.target("cloudflare", TLS, "2001:db8::7", qtype="AAAA")
        assert "Asked for the IPv6 address of the same name, the answer was 2001:db8::7." in said(cells).en
        assert "Chiedendo invece l'indirizzo IPv6 di questo nome, la risposta è stata 2001:db8::7." in said(cells).it

    def test_on_its_own_line_the_operator_is_named(self) -> None:
        told = said(Cells("mi-01").controls(LIVE).users("tim", ISP, "NXDOMAIN"), "tim")
        assert "where nothing shows who answers" not in told.en
        assert "by the operator itself, on whose network the probe stands" in told.en
        assert "dall'operatore stesso, sulla cui rete si trova la sonda" in told.it

    def test_the_twin(self) -> None:
        cells = Cells().add(Role.CONTROL, "quad9-unfiltered", TWIN, LIVE)
        cells.target("quad9", QUAD9, "NXDOMAIN", soa=False, ra=False)
        assert f"From its unfiltered service (9.9.9.10) the answer was {LIVE}." in said(cells, "quad9").en

    def test_a_certificate_vouches_for_what_came(self) -> None:
        cells = alive().users("cloudflare", TLS, LIVE).users("cloudflare", TLS_2, Failure.REFUSED_CONNECTION)
        assert "4 times over TLS, certificate verified wherever an answer came: twice the answer was" in said(cells).en
        assert "4 volte su TLS, con certificato verificato dove è giunta una risposta: due volte" in said(cells).it

    def test_certificates_that_sites_show(self) -> None:
        cells = alive().target("cloudflare", TLS, ELSEWHERE).look(ELSEWHERE).look("192.0.2.1")
        assert (
            f"this probe opened a connection to {ELSEWHERE} and was shown a certificate that is valid for"
            " kickasstorrents.to. Rule address_vouched" in said(cells).en
        )
        assert f"una connessione con {ELSEWHERE} e le è stato mostrato un certificato valido" in said(cells).it

    def test_nobody_answers_by_silence(self) -> None:
        cells = alive()
        for endpoint in (TLS, TLS_2):
            cells.good("cloudflare", endpoint).users("cloudflare", endpoint, Failure.TIMEOUT)
        assert "Conclusion: blocked, but whose silence it is is not shown" in said(cells).en
        assert "Conclusione: bloccato, ma non risulta a chi si debba il silenzio" in said(cells).it

    def test_marks_that_count_for_nothing_are_told(self) -> None:
        cells = Cells().controls("NXDOMAIN").target("cloudflare", TLS, "NXDOMAIN", soa_at="additional")
        cells.absent("cloudflare", TLS, "NXDOMAIN", soa_at="additional")
        assert "with the SOA record of the zone to in its additional section" in said(cells).en

    def test_a_channel_nobody_vouches_for(self) -> None:
        told = said(alive().target("cloudflare", TLS, LIVE, verified=False))
        assert "no valid certificate was shown" in told.en
        assert "certificate verified" not in told.en


class TestControls:
    """Who counts as independent, and why others do not."""

    def words(self, cells: Cells, bound: tuple[Bound, ...] = ()) -> dict[str, Why | None]:
        return {
            one.operator: one.left_out for one in account(cells.target("cloudflare", TLS, LIVE), bound=bound).witnesses
        }

    def test_who_counts(self) -> None:
        assert self.words(alive()) == {"C1": None, "C2": None}

    @pytest.mark.parametrize(
        ("add", "why"),
        [
            (lambda cells: cells.add(Role.CONTROL, "cloudflare", TLS, LIVE), Why.OWN),
            (lambda cells: cells.add(Role.CONTROL, "windtre", "udp:193.70.152.15:53", LIVE), Why.PROVIDER),
            (lambda cells: cells.add(Role.CONTROL, "c3", CONTROLS["c3"], LIVE, verified=False), Why.NOT_VERIFIED),
            (lambda cells: cells.add(Role.CONTROL, "c3", CONTROLS["c3"], "SERVFAIL"), Why.SILENT),
            (lambda cells: cells.add(Role.CONTROL, "c3", CONTROLS["c3"], "217.175.53.72"), Why.PAGE),
            (lambda cells: cells.add(Role.CONTROL, "c3", CONTROLS["c3"], "127.0.0.1"), Why.PAGE),
            (
                lambda cells: cells.add(Role.CONTROL, "c3", CONTROLS["c3"], LIVE).good("c3", CONTROLS["c3"], "REFUSED"),
                Why.AILS,
            ),
            (
                lambda cells: cells.add(Role.CONTROL, "c3", CONTROLS["c3"], LIVE).add(
                    Role.KNOWN_ABSENT, "c3", CONTROLS["c3"], LIVE, name=KNOWN_ABSENT
                ),
                Why.AILS,
            ),
            (lambda cells: cells.add(Role.CONTROL, "c3", CONTROLS["c3"], "NXDOMAIN", ede=[19]), Why.FAULT),
            (
                lambda cells: cells.add(Role.CONTROL, "c3", CONTROLS["c3"], LIVE).add(
                    Role.CONTROL, "c3", CONTROLS["c3"], "NXDOMAIN", repeat=1
                ),
                Why.CONTRADICTS_ITSELF,
            ),
            (
                lambda cells: cells.add(Role.CONTROL, "quad9", QUAD9, "NXDOMAIN").target("quad9", QUAD9, "NXDOMAIN"),
                Why.UNDER_TEST,
            ),
        ],
        ids=lambda one: one.value if isinstance(one, Why) else "",
    )
    def test_who_does_not_and_why(self, add: Callable[[Cells], Cells], why: Why) -> None:
        """Each reason, and it agrees with the judge: two others carry the verdict all the same."""
        cells = add(alive())
        found = self.words(cells)
        assert list(found.values()) == [None, None, why]
        assert account(cells).verdict.outcome is Outcome.OPEN
        told = said(cells)
        if why is not Why.OWN:
            assert ENGLISH.left_out[why] in told.en
            assert ITALIAN.left_out[why] in told.it

    @pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.rule_id)
    def test_who_counts_is_who_counts_for_the_judge(self, vector: Vector) -> None:
        setting = Memory().setting(WORLD, vector.cells.policy, 64500)
        for _, evidence, matter, _ in Board(vector.cells.records, setting).matters():
            own = evidence.scene.scenery.resolver.operator_slug
            controls = evidence.testimony.controls(matter.weighed.qtype, own)
            heard = witnesses(evidence.testimony, matter.weighed.qtype, own)
            counted = [one.form for one in heard if one.left_out is None]
            giving = [form for form in counted if form in {Form.ADDRESS, Form.RECORDS}]
            assert len(giving) == len(controls.fit)
            if controls.dead or controls.nodata:
                assert len(counted) - len(giving) >= 2

    def test_an_operator_that_an_order_binds(self) -> None:
        bound = (Bound((NAME,), ("c2",)),)
        assert self.words(alive(), bound)["C2"] is Why.BOUND
        told = said(alive().target("cloudflare", TLS, LIVE), bound=bound)
        assert "not counted: C2 (bound by an order on the name)" in told.en
        assert "non si tiene conto di C2 (è destinatario di un ordine sul nome)" in told.it

    def test_those_that_say_the_same_stand_together(self) -> None:
        cells = alive().controls(ELSEWHERE, names=("c3",)).target("cloudflare", TLS, LIVE)
        assert (
            f"Of the independent operators in the same round, C1 and C2 gave {LIVE}; C3 gave {ELSEWHERE}."
            in said(cells).en
        )

    def test_nobody(self) -> None:
        cells = Cells().target("cloudflare", TLS, "0.0.0.0")
        assert "No independent operator was asked." in said(cells).en
        assert "Nessun operatore indipendente è stato interrogato." in said(cells).it

    def test_witness_that_says_nothing(self) -> None:
        cells = alive().add(Role.CONTROL, "c3", CONTROLS["c3"], Failure.TIMEOUT).target("cloudflare", TLS, LIVE)
        assert account(cells).witnesses[2] == Witness("C3", None, (), Why.SILENT)


class TestHostile:
    """What the network wrote cannot reach a terminal or pass for our words."""

    EVIL = "\x1b[31m\n# en: blocked\u202e\u0000\"'<script>" + "x" * 4000

    def test_extended_error(self) -> None:
        cells = Cells().target("cloudflare", TLS, "REFUSED")
        record = cells.records[0][1]
        reply = dns.message.from_wire(record.answers[0].wire)
        reply.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode.CENSORED, self.EVIL)])
        record = replace(record, answers=(replace(record.answers[0], wire=reply.to_wire(max_size=65535)),))
        cells.records = [(encode(record), record)]
        told = said(cells)
        for sentence in told:
            assert sentence.isprintable()
            assert "\n" not in sentence
            assert "16 (Censored)" in sentence
            assert sentence.count('"') == 2  # those around the text are ours
            assert len(sentence) < 1500

    def test_mutated_answers(self) -> None:
        """Whatever bytes come, something that can be printed is said of them."""
        dice = random.Random(20261121)
        for vector in VECTORS * 40:
            cells = Cells(policy=vector.cells.policy)
            for _, record in vector.cells.records:
                answers = tuple(replace(one, wire=mutated(one.wire, dice)) for one in record.answers)
                cells.put(replace(record, answers=answers))
            found = judge_explained(cells.records, WORLD, cells.policy)
            assert [verdict for verdict, _ in found] == judge_round(cells.records, WORLD, cells.policy)
            for _, one in found:
                assert all(sentence.isprintable() and len(sentence) < 4000 for sentence in explain(one))

    def test_names_and_ids(self) -> None:
        cells = Cells("mi\x1b[2J\n01").controls(LIVE).target("who\u202eami", TLS, LIVE)
        found = judge_explained(cells.records, WORLD, cells.policy)
        for sentence in explain(found[0][1]):
            assert sentence.isprintable()
            assert "mi?[2J?01" in sentence
            assert "who?ami" in sentence

    @pytest.mark.parametrize("text", ["", "\n", "\x7f\x80", "a" * 500, "è", '"', "\ud800"])
    def test_shown_is_short_printable_ascii(self, text: str) -> None:
        found = shown(text)
        assert len(found) <= 80
        assert found.isascii()
        assert found.isprintable()
        assert '"' not in found

    def test_written_keeps_letters(self) -> None:
        assert written("Società \x00Però") == "Società ?Però"

    def test_host(self) -> None:
        assert [host("example.com."), host(".")] == ["example.com", "."]

    def test_error_without_a_name_or_text(self) -> None:
        assert [error(49152, ""), error(15, " "), error(4, 'a "b"')] == [
            "49152",
            "15 (Blocked)",
            "4 (Forged Answer) \"a 'b'\"",
        ]

    def test_long_lists_are_cut(self) -> None:
        assert listed("abcd", "and", "{} more") == "a, b, c and d"
        assert listed("abcdefg", "and", "{} more") == "a, b, c and 4 more"
        assert listed([], "and", "{} more") == ""


class TestVocabularies:
    """Each table is whole, so that no word can be missing when it is wanted."""

    @pytest.mark.parametrize("words", [ENGLISH, ITALIAN], ids=["en", "it"])
    def test_whole(self, words: Vocabulary) -> None:
        def lacks(wanted: Iterable[object], table: Iterable[object]) -> set[object]:
            return set(wanted) - set(table)

        assert not lacks(Form, {*words.came, *GAP_FORMS})
        assert not lacks([None, *Failure, *Gap], words.reasons)
        assert not lacks(Why, words.left_out)
        assert not lacks(Health, words.health)
        assert not lacks(Note, words.notes)
        assert not lacks(Sign, words.signs)
        assert not lacks(Vouched, words.vouched)
        assert not lacks(Outcome, words.outcomes)
        assert len(words.months) == 12
        assert all(word.strip() for word in words.notes.values())

    def test_both_know_the_same(self) -> None:
        tables = [
            (english, italian)
            for english, italian in zip(ENGLISH, ITALIAN, strict=True)
            if isinstance(english, dict) and isinstance(italian, dict)
        ]
        assert len(tables) > 5
        assert all(english.keys() == italian.keys() for english, italian in tables)

    @pytest.mark.parametrize("note", Note)
    def test_each_note_is_a_sentence(self, note: Note) -> None:
        one = account(alive().target("cloudflare", TLS, LIVE))
        noted = one._replace(verdict=replace(one.verdict, notes=(note,)))
        assert explain(noted) != explain(one) or note in {Note.CONTROLS_MISSING, Note.CONTROLS_DISAGREE}
