"""The numbered steps of verifying a bundle (sp-008): what each asks, and what it means that it does not hold."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Result(StrEnum):
    """What a verification came to; `EXIT` has the exit code of each."""

    VALID = "valid"  # and complete
    ABSENCES = "absences"  # valid; vantages that were to measure are listed as absent
    ALTERED = "altered"
    INCOMPLETE = "incomplete"
    UNDECIDED = "undecided"  # what is needed to decide is not trusted, not known or not installed here


EXIT: Final = {
    Result.VALID: 0,
    Result.ALTERED: 10,
    Result.INCOMPLETE: 11,
    Result.ABSENCES: 12,
    Result.UNDECIDED: 13,
}


class Step(NamedTuple):
    """One step; a verifier takes them in this order, each over everything, and stops at the first that does not hold."""

    id: str
    english: str
    italian: str
    fault: Result  # what it comes to where the step does not hold
    page: bool = True  # whether verify.html takes it too


_A, _I, _U = Result.ALTERED, Result.INCOMPLETE, Result.UNDECIDED

STEPS: Final = (
    Step("1.1", "The file is a zip in its one form", "Il file è uno zip nella sua unica forma", _A),
    Step("1.2", "SHA256SUMS lists every file, each with its digest", "SHA256SUMS elenca ogni file con la sua impronta", _A),
    Step("1.3", "bundle.json is of a known version and agrees with the trust file", "bundle.json è di una versione nota e concorda con il file di fiducia", _U),
    Step("1.4", "SHA256SUMS is signed by a collector that is trusted", "SHA256SUMS è firmato da un raccoglitore di cui ci si fida", _A),
    Step("2.1", "Each checkpoint is signed by the log", "Ogni checkpoint è firmato dal registro", _A),
    Step("2.2", "The log's lines give the root of each checkpoint", "Le righe del registro danno la radice di ogni checkpoint", _A),
    Step("2.3", "Each line of the log is sound and allowed where it stands", "Ogni riga del registro è corretta e ammessa dove si trova", _A),
    Step("2.4", "Enough witnesses cosigned the newest checkpoint", "Un numero sufficiente di testimoni ha controfirmato l'ultimo checkpoint", _U),
    Step("3.1", "Each time-stamp token in the log is in the bundle", "Ogni marca temporale nel registro è nel fascicolo", _I),
    Step("3.2", "Each token holds: imprint, pinned certificate, policy, nonce, signature", "Ogni marca è valida: impronta, certificato, policy, nonce, firma", _A),
    Step("3.3", "The tokens' times do not contradict the order of the log", "I tempi delle marche non contraddicono l'ordine del registro", _A),
    Step("3.4", "The newest checkpoint is stamped by enough authorities", "L'ultimo checkpoint è marcato da un numero sufficiente di autorità", _U),
    Step("4.1", "Each plan of the period is in the bundle", "Ogni piano del periodo è nel fascicolo", _I),
    Step("4.2", "Each plan is the one in the log, signed by the log's key", "Ogni piano è quello del registro, firmato con la chiave del registro", _A),
    Step("4.3", "The questions and the policy are those that the plan names", "Le domande e la politica sono quelle indicate dal piano", _A),
    Step("4.4", "The order is in the log, and every name and addressee asked for is asked about", "L'ordine è nel registro e ogni nome e destinatario richiesto è interrogato", _I),
    Step("5.1", "Each log of an enrolled probe is in the bundle", "Ogni registro di una sonda iscritta è nel fascicolo", _I),
    Step("5.2", "Each head of it is signed by the probe's key and is the root over its lines", "Ogni testa è firmata con la chiave della sonda ed è la radice delle sue righe", _A),
    Step("5.3", "Its lines are sound; what it saw of the collector's log is in that log", "Le sue righe sono corrette; ciò che ha visto del registro del raccoglitore vi si trova", _A),
    Step("5.4", "No probe closed one round in two ways", "Nessuna sonda ha chiuso lo stesso turno in due modi", _A),
    Step("6.1", "Each closed round of the period is in the bundle", "Ogni turno chiuso del periodo è nel fascicolo", _I),
    Step("6.2", "Each record answers the cell of its plan", "Ogni osservazione risponde alla cella del suo piano", _A),
    Step("6.3", "Each cell that bears on the question is there, a record or a gap with its reason", "Ogni cella pertinente c'è, come osservazione o come lacuna motivata", _I),
    Step("6.4", "The cells and the range proof give the root of the round's close", "Le celle e i nodi restanti danno la radice della chiusura del turno", _A),
    Step("6.5", "Each certificate that a record names is in the bundle", "Ogni certificato citato da un'osservazione è nel fascicolo", _I),
    Step("7.1", "The rounds' times follow from the logs and the tokens", "I tempi dei turni seguono dai registri e dalle marche", _A),
    Step("7.2", "Each plan, resolver and name has its row in the timeline, and the day it counts for", "Ogni piano, risolutore e nome ha la sua riga nella cronologia e il giorno per cui conta", _A),
    Step("7.3", "The days follow from the timeline", "I giorni seguono dalla cronologia", _A),
    Step("8.1", "The rules, replayed on the recorded bytes, give the verdicts", "Le regole, riapplicate ai byte registrati, danno i verdetti", _A, page=False),
    Step("8.2", "The verdicts, folded, give the timeline", "I verdetti, riuniti, danno la cronologia", _A, page=False),
    Step("8.3", "The capture and the tables for people follow from the records", "La cattura e le tabelle per le persone seguono dalle osservazioni", _A, page=False),
    Step("8.4", "No signed root-zone answer is younger than its round", "Nessuna risposta firmata della zona radice è più recente del suo turno", _A, page=False),
    Step("9.1", "No enrolled vantage is absent", "Nessun punto di misura iscritto è assente", Result.ABSENCES),
)  # fmt: skip
