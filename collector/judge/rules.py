"""The rules: each a row with a permanent id, what it concludes and why; `wording` says it. The first that holds decides.

What stands higher is stronger: what the answer says of itself, what its operator documents, what is known of its
address, what cannot be, what independent operators contradict, what they confirm. The last rows conclude nothing and say
why. A new meaning gets a new id.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from collector.judge.case import Case
from collector.judge.fingerprints import USER_FILTER
from collector.judge.seen import SILENT, Form
from collector.judge.standing import Health
from schema.words import How, Outcome

_CENSORED, _BLOCKED, _FILTERED, _FORGED = 16, 15, 17, 4  # RFC 8914 §4


class Rule(NamedTuple):
    """One branch of the cascade over a target cell; *how* None is by the form of the answer."""

    rule_id: str
    outcome: Outcome
    how: How | None
    source: str
    holds: Callable[[Case], bool]


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "off_net", Outcome.INSUFFICIENT, None, "RFC 8914 §4.19",
        lambda case: case.off_net,
    ),
    Rule(
        "ede_censored", Outcome.BLOCKED, None, "RFC 8914 §4.17",
        lambda case: case.states(_CENSORED),
    ),
    Rule(
        "ede_blocked", Outcome.BLOCKED, None, "RFC 8914 §4.16",
        lambda case: case.states(_BLOCKED),
    ),
    Rule(
        "user_filter", Outcome.BLOCKED, None, "registry/fingerprints.csv, polarity user_filter",
        lambda case: case.fits("a", "aaaa", polarity=USER_FILTER),
    ),
    Rule(
        "ede_filtered", Outcome.BLOCKED, None, "RFC 8914 §4.18",
        lambda case: case.states(_FILTERED),
    ),
    Rule(
        "ede_forged", Outcome.BLOCKED, None, "RFC 8914 §4.5",
        lambda case: case.states(_FORGED),
    ),
    Rule(
        "policy_zone_soa", Outcome.BLOCKED, None, "BIND 9 Administrator Reference Manual, response-policy, add-soa",
        lambda case: case.rewritten,
    ),
    Rule(
        "google_refused", Outcome.BLOCKED, How.REFUSED, "developers.google.com/speed/public-dns/blocking",
        lambda case: case.known_refusal and not case.faulty and case.standing.health is Health.OK,
    ),
    Rule(
        "unlike_its_twin", Outcome.BLOCKED, How.NXDOMAIN, "Quad9DNS/documentation docs/en/FAQs.md",
        lambda case: case.form is Form.NXDOMAIN
        and case.documented
        and not case.standing.ails
        and not case.faulty
        and case.unlike_twin,
    ),
    Rule(
        "stop_page_address", Outcome.BLOCKED, None, "registry/fingerprints.csv, kind a or aaaa",
        lambda case: case.stop_page,
    ),
    Rule(
        "stop_page_alias", Outcome.BLOCKED, How.CNAME, "registry/fingerprints.csv, kind cname",
        lambda case: case.fits("cname"),
    ),
    Rule(
        "forged_soa", Outcome.BLOCKED, None, "registry/fingerprints.csv, kind soa",
        lambda case: case.fits("soa") and case.withheld,
    ),
    Rule(
        "null_address", Outcome.BLOCKED, How.NULL_ADDRESS, "RFC 1122 §3.2.1.3",
        lambda case: case.impossible_how(How.NULL_ADDRESS),
    ),
    Rule(
        "loopback_address", Outcome.BLOCKED, How.LOOPBACK, "RFC 1122 §3.2.1.3",
        lambda case: case.impossible_how(How.LOOPBACK),
    ),
    Rule(
        "private_address", Outcome.BLOCKED, How.ADDRESS, "RFC 6890 §2.2",
        lambda case: case.form is Form.ADDRESS and case.only_impossible,
    ),
    Rule(
        "nxdomain_but_alive", Outcome.BLOCKED, How.NXDOMAIN, "ADR 0004",
        lambda case: case.form is Form.NXDOMAIN and case.contradicted,
    ),
    Rule(
        "nodata_but_alive", Outcome.BLOCKED, How.NODATA, "ADR 0004",
        lambda case: case.form is Form.NODATA and case.contradicted,
    ),
    Rule(
        "alias_to_nothing", Outcome.BLOCKED, How.CNAME, "ADR 0004",
        lambda case: case.form is Form.ALIAS
        and case.contradicted
        and not (case.seen.reading is not None and set(case.seen.reading.cname_chain) & case.controls.aliases),
    ),
    Rule(
        "alias_at_apex", Outcome.BLOCKED, How.CNAME, "RFC 1034 §3.6.2",
        lambda case: case.form is Form.ADDRESS
        and case.led_away
        and case.controls.apex
        and not case.controls.aliases
        and case.seen.reading is not None
        and bool(case.seen.reading.cname_chain),
    ),
    Rule(
        "one_address_for_many", Outcome.BLOCKED, How.ADDRESS, "ADR 0004",
        lambda case: case.led_away and case.addresses <= case.shared,
    ),
    Rule(
        "refused_but_alive", Outcome.BLOCKED, How.REFUSED, "ADR 0004",
        lambda case: case.form is Form.REFUSED and case.contradicted_by_silence,
    ),
    Rule(
        "servfail_but_alive", Outcome.BLOCKED, How.SERVFAIL, "ADR 0004",
        lambda case: case.form is Form.SERVFAIL and case.contradicted_by_silence,
    ),
    Rule(
        "timeout_but_alive", Outcome.BLOCKED, How.TIMEOUT, "ADR 0004",
        lambda case: case.form is Form.TIMEOUT and case.contradicted_by_silence,
    ),
    Rule(
        "address_invented", Outcome.INSUFFICIENT, None, "ADR 0004",
        lambda case: bool(case.addresses & case.standing.invented),
    ),
    Rule(
        "address_in_doubt", Outcome.INSUFFICIENT, None, "ADR 0004",
        lambda case: case.doubtful and case.controls.alive and case.controls.confirm(case.addresses),
    ),
    Rule(
        "address_in_control", Outcome.OPEN, None, "ADR 0004",
        lambda case: case.form is Form.ADDRESS
        and case.controls.alive
        and case.controls.confirm(case.addresses)
        and not case.nobodys,
    ),
    Rule(
        "address_vouched", Outcome.OPEN, None, "ADR 0016",
        lambda case: case.vouched and case.unspoilt,
    ),
    Rule(
        "address_in_network", Outcome.OPEN, None, "ADR 0013",
        lambda case: case.network_decides and case.near and case.unspoilt,
    ),
    Rule(
        "mark_on_every_denial", Outcome.INSUFFICIENT, None, "RFC 2308 §2.1",
        lambda case: case.controls.dead and case.marked_as_ever and not case.standing.ails,
    ),
    Rule(
        "dead_everywhere", Outcome.DEAD, None, "RFC 8020 §2",
        lambda case: case.controls.dead
        and not case.standing.ails
        and (case.form is Form.NXDOMAIN or (case.form is Form.NODATA and _has_soa(case))),
    ),
    Rule(
        "endpoint_fails", Outcome.FAILING, None, "RFC 8914 §4.23",
        lambda case: case.standing.health is Health.FAILS and case.form in SILENT,
    ),
    Rule(
        "endpoint_unfit", Outcome.INSUFFICIENT, None, "ADR 0004",
        lambda case: case.standing.ails and case.form is not Form.NOT_ASKED,
    ),
    Rule(
        "not_asked", Outcome.INSUFFICIENT, None, "schema.words.Gap",
        lambda case: case.form is Form.NOT_ASKED,
    ),
    Rule(
        "several_answers", Outcome.INSUFFICIENT, None, "RFC 5452 §3",
        lambda case: case.form is Form.SEVERAL,
    ),
    Rule(
        "unusable_answer", Outcome.INSUFFICIENT, None, "RFC 5452 §3; RFC 2181 §9",
        lambda case: case.form is Form.UNUSABLE,
    ),
    Rule(
        "fault_stated", Outcome.INSUFFICIENT, None, "RFC 8914 §4",
        lambda case: case.faulty and case.form is not Form.ADDRESS,
    ),
    Rule(
        "controls_disagree", Outcome.INSUFFICIENT, None, "ADR 0004",
        lambda case: case.controls.disagree,
    ),
    Rule(
        "controls_missing", Outcome.INSUFFICIENT, None, "ADR 0004",
        lambda case: case.controls.missing,
    ),
    Rule(
        "unanswered_and_dead", Outcome.INSUFFICIENT, None, "ADR 0004",
        lambda case: case.controls.dead and case.form in {*SILENT, Form.REFUSED},
    ),
    Rule(
        "answered_though_dead", Outcome.INSUFFICIENT, None, "ADR 0004",
        lambda case: case.controls.dead,
    ),
    Rule(
        "no_such_record", Outcome.INSUFFICIENT, None, "RFC 2308 §2.2",
        lambda case: case.controls.nodata,
    ),
    Rule(
        "address_unconfirmed", Outcome.INSUFFICIENT, None, "ADR 0004",
        lambda case: bool(case.addresses & case.controls.given) and not case.nobodys,
    ),
    Rule(
        "address_near_control", Outcome.INSUFFICIENT, None, "ADR 0013",
        lambda case: case.near,
    ),
    Rule(
        "address_unknown", Outcome.INSUFFICIENT, None, "ADR 0004",
        lambda case: case.elsewhere or case.form is Form.ALIAS,
    ),
    Rule(
        "channel_failed", Outcome.INSUFFICIENT, None, "schema.words.Failure",
        lambda case: case.form is Form.FAILED,
    ),
    Rule(
        "not_repeated", Outcome.INSUFFICIENT, None, "ADR 0004",
        lambda case: case.form in {*SILENT, Form.REFUSED},
    ),
    Rule(
        "no_opinion", Outcome.INSUFFICIENT, None, "ADR 0004",
        lambda _: True,
    ),
)  # fmt: skip


class Fold(NamedTuple):
    """A reason why cells that say something come to nothing together."""

    rule_id: str
    outcome: Outcome
    source: str


ANSWERS_DISAGREE: Final = Fold("answers_disagree", Outcome.INSUFFICIENT, "ADR 0004")
ANSWERS_DOUBTFUL: Final = Fold("answers_doubtful", Outcome.INSUFFICIENT, "ADR 0004")
OTHER_TYPE: Final = Fold("other_type", Outcome.INSUFFICIENT, "ADR 0004")
VERIFIED_UNDECIDED: Final = Fold("verified_undecided", Outcome.INSUFFICIENT, "ADR 0004")
VERIFIED_NOT_ASKED: Final = Fold("verified_not_asked", Outcome.INSUFFICIENT, "ADR 0004")
NOT_PLAIN: Final = Fold("not_plain", Outcome.INSUFFICIENT, "ADR 0004")
FOLDS: Final = (ANSWERS_DISAGREE, ANSWERS_DOUBTFUL, VERIFIED_UNDECIDED, VERIFIED_NOT_ASKED, OTHER_TYPE, NOT_PLAIN)
RULE_IDS: Final = (*(rule.rule_id for rule in RULES), *(fold.rule_id for fold in FOLDS))


@lru_cache(maxsize=16)
def rules_of(named: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules that a policy names, in our order; all where it names none. What was judged by fewer stays so."""
    return tuple(rule for rule in RULES if not named or rule.rule_id in named)


def _has_soa(case: Case) -> bool:
    return case.seen.reading is not None and case.seen.reading.soa_at == "authority"
