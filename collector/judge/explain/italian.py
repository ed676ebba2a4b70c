"""Italian."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.judge.explain.select import Vouched, same, vouched
from collector.judge.explain.text import clock, host, shown, written
from collector.judge.explain.tongue import PORT_53, Tongue
from collector.judge.explain.vocabulary import Vocabulary
from collector.judge.seen import Form
from collector.judge.standing import Health
from collector.judge.witnesses import Why
from schema.words import Failure, Gap, How, Note, Origin, Outcome, Sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collector.judge.account import Account, Asked
    from collector.judge.came import Came
    from collector.judge.witnesses import Witness

_NO_CERTIFICATE: Final = "non è stato mostrato un certificato valido, e nulla di ciò che è giunto conta"
_NOT_PUT: Final = "la domanda non è stata posta"
WORDS: Final = Vocabulary(
    place=1,
    months=(
        "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre",
        "dicembre",
    ),
    times={0: "{} volte", 1: "una volta", 2: "due volte"},
    conjunction="e",
    then=", poi ",
    more="altri {}",
    each_time="ogni volta",
    alias=", passando per il nome {}",
    page=", pagina di blocco nota ({})",
    cut="la risposta è giunta troncata, da richiedere su TCP",
    came={
        Form.ADDRESS: "la risposta è stata {addresses}",
        Form.RECORDS: "la risposta ha dato record di quel tipo",
        Form.ALIAS: "la risposta ha condotto al nome {name} e a nessun indirizzo",
        Form.NXDOMAIN: "la risposta è stata che il nome non esiste",
        Form.NODATA: "la risposta è stata che il nome non ha un tale record",
        Form.REFUSED: "la risposta è stata un rifiuto",
        Form.SERVFAIL: "la risposta è stata un errore (SERVFAIL)",
        Form.SEVERAL: "alla stessa domanda sono giunte più risposte ({several})",
        Form.UNUSABLE: "quanto è giunto era troncato, illeggibile o non rispondeva alla domanda",
    },
    saying={
        Form.ADDRESS: "{addresses}",
        Form.NXDOMAIN: "che il nome non esiste",
        Form.NODATA: "che il nome non ha un tale record",
        Form.REFUSED: "un rifiuto",
        Form.SERVFAIL: "un errore (SERVFAIL)",
        Form.UNUSABLE: "altro",
    },
    word={
        Form.ADDRESS: ("ha dato {addresses}", "hanno dato {addresses}"),
        Form.RECORDS: ("ha dato record di quel tipo", "hanno dato record di quel tipo"),
        Form.NXDOMAIN: ("ha risposto che il nome non esiste", "hanno risposto che il nome non esiste"),
        Form.NODATA: ("ha risposto che il nome non ha un tale record", "hanno risposto che il nome non ha un tale record"),
    },
    reasons={
        None: _NO_CERTIFICATE,
        Failure.TIMEOUT: "non è giunta alcuna risposta nel tempo previsto",
        Failure.REFUSED_CONNECTION: "la connessione è stata rifiutata",
        Failure.UNREACHABLE: "l'indirizzo non era raggiungibile",
        Failure.RESET: "la connessione è stata interrotta",
        Failure.CLOSED: "la connessione è stata chiusa senza risposta",
        Failure.TLS_FAILED: "il canale cifrato non si è stabilito",
        Failure.TLS_UNTRUSTED: _NO_CERTIFICATE,
        Failure.HTTP_STATUS: "il server web ha inviato un errore al posto di una risposta",
        Failure.FRAMING: "quanto è giunto non era leggibile",
        Failure.TOO_LARGE: "quanto è giunto era troppo grande per essere letto",
        Failure.LOCAL_ERROR: "l'errore è stato della sonda stessa",
        Gap.CEILING: f"{_NOT_PUT}: era raggiunto un limite al numero di domande",
        Gap.BREAKER: f"{_NOT_PUT}: troppe domande precedenti erano fallite",
        Gap.QUOTA: f"{_NOT_PUT}: il disco della sonda era pieno",
        Gap.CRASHED: f"{_NOT_PUT}: la sonda si era arrestata",
        Gap.NOT_RUNNING: f"{_NOT_PUT}: la sonda non era in funzione",
        Gap.NEVER_PROBE: f"{_NOT_PUT}: il gestore della sonda esclude il nome",
        Gap.TRANSPORT_UNAVAILABLE: f"{_NOT_PUT}: la sonda non dispone di un tale canale",
    },
    left_out={
        Why.OWN: "è lo stesso operatore",
        Why.PROVIDER: "è un fornitore di accesso",
        Why.BOUND: "è destinatario di un ordine sul nome",
        Why.NOT_VERIFIED: "nessun certificato ne garantisce la risposta",
        Why.SILENT: "nessuna risposta utilizzabile",
        Why.PAGE: "la sua stessa risposta è quella di un blocco",
        Why.AILS: "non risponde in modo veritiero per nomi che nessun ordine riguarda",
        Why.FAULT: "adduce come motivo un guasto",
        Why.CONTRADICTS_ITSELF: "si contraddice",
        Why.UNDER_TEST: "è esso stesso sotto esame per il nome",
    },
    health={
        Health.OK: "La stessa domanda per example.com ha avuto risposta.",
        Health.NOT_ASKED: "La stessa domanda non è stata posta per example.com, che risponde sempre.",
        Health.FAILS: "La stessa domanda per example.com, che risponde sempre, non ha avuto risposta.",
        Health.REFUSES: "La stessa domanda per example.com, che risponde sempre, è stata rifiutata.",
        Health.LIES: "La stessa domanda per example.com, che risponde sempre, non ha avuto una risposta vera.",
    },
    lists={
        "adm_gambling": "dell'elenco dei giochi dell'Agenzia delle dogane e dei monopoli (ADM)",
        "adm_tobacco": "dell'elenco dei tabacchi dell'Agenzia delle dogane e dei monopoli (ADM)",
        "cncpo": "di un elenco di polizia (CNCPO)",
        "ivass": "dell'elenco dell'autorità di vigilanza sulle assicurazioni (IVASS)",
        "user_filter": "di un filtro scelto dall'utente",
        "cloudflare_filter": "di un filtro scelto dall'utente",
    },
    other_list="di un altro elenco o filtro ({})",
    notes={
        Note.PATH_INTERFERES: "Risulta che sulla porta 53 di questa linea risponde qualcosa di diverso dal resolver.",
        Note.TRANSPORTS_DIFFER: "I canali danno esiti diversi, e il motivo non risulta.",
        Note.TYPES_DIFFER: "Chiedendo altri tipi di record, il nome ha un esito diverso.",
        Note.ADDRESSES_DIFFER: "Gli stessi indirizzi del resolver danno esiti diversi tra loro.",
        Note.PROFILES_DIFFER: "Chiedendo i dati DNSSEC la risposta è un'altra.",
        Note.POOL: "La stessa domanda, ripetuta, ha avuto esiti diversi, come da server non uguali tra loro.",
        Note.DEAD_NAME: "Il nome non esiste altrove, e qui è comunque negato.",
        Note.PARKED: "Il nome è parcheggiato: conduce a una pagina d'attesa, non a un sito proprio.",
        Note.MAY_BE_CACHED: "Una copia conservata (cache) può spiegare la risposta.",
        Note.MORE_THAN_ONE_ANSWER: "A una sola domanda sono giunte più risposte diverse.",
        Note.CONTROLS_MISSING: "Troppo pochi operatori indipendenti hanno risposto.",
        Note.CONTROLS_DISAGREE: "Gli operatori indipendenti si contraddicono.",
        Note.KNOWN_GOOD_FAILS: "A uno degli indirizzi interrogati nemmeno il nome che risponde sempre ha avuto una risposta vera.",
        Note.KNOWN_ABSENT_ANSWERED: "Uno degli indirizzi interrogati inventa risposte per nomi che non esistono.",
        Note.OTHER_AUTHORITY: "La risposta è quella {}: nulla dice di un ordine a tutela del diritto d'autore.",
        Note.NETWORK_ONLY: "A concordare con gli operatori indipendenti è solo la rete dell'indirizzo, non l'indirizzo stesso.",
        Note.INDICATIVE: "Solo indicativo: un unico punto di misura non è prova.",
        Note.SWEEP: "Da una rassegna di lunghi elenchi, una domanda per nome: non conta per nessun giorno.",
    },
    signs={
        Sign.IDENTITY: "dal nome con cui si identifica",
        Sign.WHOAMI: "dalla rete da cui inoltra le domande",
        Sign.DISTANCE: "dalla distanza da cui giungono le risposte",
        Sign.DATAGRAMS: "da più risposte a una sola domanda",
        Sign.STOP_PAGE: "da una pagina di blocco che non è del resolver",
        Sign.CANARY: "dalla risposta di un indirizzo dove non opera alcun DNS",
    },
    seen_from="Lo si vede {}.",
    vouched={
        Vouched.NOTHING: "",
        Vouched.WHAT_CAME: ", con certificato verificato dove è giunta una risposta",
        Vouched.ALL: ", con certificato verificato",
    },
    looked="Nello stesso ciclo questa sonda ha aperto una connessione con {addresses} e le è stato mostrato un certificato valido per {name}.",
    overruled="Un errore esteso accanto a un indirizzo che danno anche operatori indipendenti non vale come blocco.",
    error="errore esteso {}",
    stating=" in {} delle {} risposte",
    policy_zone="il record SOA della zona {} nella sezione addizionale",
    soa='il record SOA "{}"',
    bearing=", con {}",
    bare=", senza i segni di un diniego ordinario (RA=0, sezione authority vuota)",
    source=" (da {})",
    outcomes={
        Outcome.BLOCKED: "bloccato", Outcome.OPEN: "aperto", Outcome.DEAD: "inesistente", Outcome.FAILING: "guasto",
        Outcome.INSUFFICIENT: "elementi insufficienti",
    },
    label=" (etichetta {})",
    rule="Regola",
)  # fmt: skip
_ELIDED: Final = frozenset({8, 11})  # l'otto, l'undici


class Italian(Tongue):
    """Italian, for people who are no engineers."""

    def __init__(self) -> None:
        super().__init__(WORDS)

    def asked(self, account: Account) -> str:
        """What was asked, and what came back."""
        asked, vantage = account.asked, account.vantage
        line = ", ".join(
            part for part in (written(vantage.operator), f"AS{vantage.asn}" if vantage.asn else "") if part
        )
        probe = f"{_when(asked)}, la sonda {shown(account.verdict.probe)}" + (f" ({line})" if line else "")
        whom = f"a {written(account.resolver.operator)} ({self.several(asked.servers)})"
        what = f"{whom} {_wanted(asked.qtype)} {host(account.verdict.name)}"
        came = self.all(account.answered)
        if not asked.times:
            return f"{probe} doveva chiedere {what}, ma {came}."
        over = self._over(asked.transports, vouched=vouched(account), plainly=account.on_line)
        return f"{probe} ha chiesto {what}, {self.times(asked.times)} {over}: {came}."

    def beside(self, account: Account) -> str:
        """What came on the channel that does not decide."""
        transports = dict.fromkeys(one for kind in account.beside for one in kind.transports)
        alike = same(account)
        over = self._over(transports, vouched=Vouched.NOTHING, plainly=account.on_line or alike)
        over = over[:1].upper() + over[1:]
        return f"{over} l'esito è stato lo stesso." if alike else f"{over}: {self.all(account.beside)}."

    def otherwise(self, kind: str, came: Came) -> str:
        """What came for another type, or with DNSSEC asked for."""
        if kind:
            return f"Chiedendo invece {_wanted(kind)} questo nome, {self.clause_of(came)}."
        return f"Chiedendo anche i dati DNSSEC, come gli utenti non fanno, {self.clause_of(came)}."

    def controls(self, heard: Sequence[tuple[Witness, Sequence[str]]], left_out: Sequence[Witness]) -> str:
        """What independent operators said, and who is left out."""
        out = self.unheard(left_out)
        told = "; ".join(f"{self.operators(names)} {self.word(one, len(names))}" for one, names in heard)
        if not told and not out:
            return "Nessun operatore indipendente è stato interrogato."
        if not told:
            return f"Non si tiene conto di alcun operatore indipendente: {out}."
        who = "gli operatori indipendenti" if len(heard[0][1]) > 1 else "l'operatore indipendente"
        begin = f"Nello stesso ciclo {who}" if len(heard) == 1 else "Degli operatori indipendenti, nello stesso ciclo,"
        return f"{begin} {told}{f'; non si tiene conto di {out}' if out else ''}."

    def invented(self, addresses: str) -> str:
        """That a name which exists nowhere got *addresses*."""
        return f"Un nome che non esiste da nessuna parte ha ricevuto {addresses}."

    def twin(self, came: Sequence[Came]) -> str:
        """What the resolver's unfiltered service answered."""
        return f"Dal suo servizio senza filtri ({self.several(came[0].servers)}) {self.all(came)}."

    def conclusion(self, account: Account) -> str:  # noqa: PLR0911 - one conclusion a line
        """What is concluded, and of whom."""
        verdict = account.verdict
        word = self.outcome(account, labelled=Note.OTHER_AUTHORITY not in verdict.notes)
        blocked = verdict.outcome is Outcome.BLOCKED
        match verdict.outcome, verdict.origin:
            case Outcome.DEAD, _:
                return "Conclusione: il nome non esiste (inesistente); non risulta che qualcuno lo blocchi."
            case Outcome.FAILING, _:
                return "Conclusione: guasto; non risulta alcun blocco."
            case Outcome.INSUFFICIENT, _:
                return "Conclusione: nessuna (elementi insufficienti)."
            case _, Origin.RESOLVER if account.on_line:
                by = "dall'operatore stesso" if blocked else "con un indirizzo dato dall'operatore stesso"
                return f"Conclusione: {word}, {by}, sulla cui rete si trova la sonda."
            case _, Origin.RESOLVER:
                return f"Conclusione: {word}, {'dal' if blocked else 'con un indirizzo dato dal'} resolver stesso."
            case _, Origin.PATH:
                by = "da qualcosa" if blocked else "con un indirizzo dato da qualcosa"
                return (
                    f"Conclusione: {word} su questa linea, {by} che sul percorso risponde al posto del resolver;"
                    " del resolver non si dice nulla."
                )
            case _:
                who = "a chi si debba il silenzio" if verdict.how is How.TIMEOUT else "chi abbia risposto"
                return f"Conclusione: {word}, ma non risulta {who}; del resolver non si dice nulla."

    def _over(self, transports: Iterable[str], *, vouched: Vouched, plainly: bool = False) -> str:
        names = list(transports)
        if PORT_53 & set(names):
            return f"sulla porta 53 ({self.transports(names)})" + (
                "" if plainly else ", dove nulla mostra chi risponde"
            )
        return f"su {self.transports(names)}" + self.words.vouched[vouched]


def _when(asked: Asked) -> str:
    day, hour, last_day, last_hour = clock(asked.since, asked.until, WORDS.months)
    if day != last_day:
        begun, ended = _day(day, "Dal ", "Dall'"), _day(last_day, "al ", "all'")
        return f"{begun}, ore {hour}, {ended}, ore {last_hour} (Roma)"
    on = _day(day, "Il ", "L'")
    return f"{on}, alle ore {hour} (Roma)" if hour == last_hour else f"{on}, tra le ore {hour} e le {last_hour} (Roma)"


def _day(day: str, article: str, elided: str) -> str:
    """A date with its article: the first of a month is an ordinal."""
    number = int(day.split(" ", 1)[0])
    named = f"1º{day[1:]}" if number == 1 else day
    return f"{elided if number in _ELIDED else article}{named}"


def _wanted(qtype: str) -> str:
    named = {"A": "l'indirizzo di", "AAAA": "l'indirizzo IPv6 di"}
    return named.get(qtype) or f"il record di tipo {shown(qtype)} di"
