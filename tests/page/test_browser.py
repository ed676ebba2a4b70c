"""verify.html as a lawyer meets it: opened from disk in a browser that has no network, given the two files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from msgspec import structs

from schema.verifier.page.build import PAGE
from schema.verifier.steps import STEPS
from tests.evidence.cases.good import made
from tests.evidence.forge.cast import MILAN, ROME, Cast, few_questions
from tests.evidence.forge.stories import lean
from tests.helpers.browser import CHROMIUM, Browser, Tab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.evidence.cases.case import Made

BUNDLES: Final = Path(__file__).parents[1] / "conformance" / "bundles"
VALID: Final = "two-plans"
HEADLINES: Final = {
    "en-GB": {
        "valid": "Everything that this page checks holds, and nothing is missing.",
        "absences": "Everything that this page checks holds; some rounds are absent: 1.",
        "altered": "Altered: this is not what was recorded, signed and stamped.",
        "incomplete": "Incomplete: something that belongs to the answer is not in the bundle.",
        "undecided": "Not decided: what is needed to decide is not trusted or not known here.",
    },
    "it-IT": {
        "valid": "Tutto ciò che questa pagina verifica è corretto, e non manca nulla.",
        "absences": "Tutto ciò che questa pagina verifica è corretto; mancano dei turni: 1.",
        "altered": "Alterato: non è ciò che fu registrato, firmato e marcato.",
        "incomplete": "Incompleto: nel fascicolo manca qualcosa che appartiene alla risposta.",
        "undecided": "Non deciso: ciò che serve per decidere non è fidato o non è noto qui.",
    },
}
WORDS: Final = {
    "en-GB": {"good": "holds", "command": "part of the command", "away": "not reached", "bad": "does not hold", "care": "does not hold"},
    "it-IT": {"good": "soddisfatto", "command": "spetta al comando", "away": "non raggiunto", "bad": "non soddisfatto", "care": "non soddisfatto"},
}  # fmt: skip
#: A browser from before WebCrypto had the curve; what it is asked for is counted.
OLDER: Final = """
    globalThis.askedForEd25519 = 0;
    const honest = SubtleCrypto.prototype.importKey;
    SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...rest) {
        if ((algorithm.name ?? algorithm) !== "Ed25519") return honest.call(this, format, key, algorithm, ...rest);
        globalThis.askedForEd25519 += 1;
        return Promise.reject(new DOMException("Algorithm: Unrecognized name", "NotSupportedError"));
    };
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed: the page is not opened in a browser here")
    with Browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Opens the page from disk; at the end, whatever the test did, it asked for nothing and nothing of it was refused."""
    tabs: list[Tab] = []

    def opened(**options: str) -> Tab:
        tabs.append(browser.tab(**options))
        tabs[-1].open(PAGE.as_uri())
        return tabs[-1]

    yield opened
    for tab in tabs:
        assert [one["request"]["url"] for one in tab.events("Network.requestWillBeSent")] == [PAGE.as_uri()]
        assert list(tab.events("Runtime.exceptionThrown")) == []
        assert [one["entry"]["text"] for one in tab.events("Log.entryAdded")] == []
        tab.close()


def give(tab: Tab, bundle: Path, trust: Path) -> None:
    tab.choose("#bundle", bundle)
    tab.choose("#trust", trust)


def wait(tab: Tab) -> None:
    tab.wait("!document.getElementById('result').hidden || document.getElementById('told').textContent !== ''")


def text(tab: Tab, selector: str) -> str:
    """What stands there, in one line."""
    return str(tab.value(f"document.querySelector({selector!r}).innerText.replace(/\\s+/g, ' ').trim()"))


def headline(tab: Tab) -> str:
    return str(tab.value("document.querySelector('#headline > span:last-child').textContent"))


def standings(tab: Tab) -> dict[str, tuple[str, str]]:
    """Of each step how it looks and the word beside it."""
    rows = tab.value(
        "[...document.querySelectorAll('#steps li')].map((one) => [one.dataset.step, one.className, one.querySelector('.state').textContent])"
    )
    return {step: (style, word) for step, style, word in rows}


def expected(folder: str) -> tuple[str, str | None]:
    said = json.loads((BUNDLES / folder / "expected.json").read_bytes())
    said = said.get("page", said)
    return said["result"], said["step"]


def saved(folder: Path, what: Made) -> tuple[Path, Path]:
    (folder / "bundle.zip").write_bytes(what.bundle)
    (folder / "trust.json").write_bytes(what.trust_json)
    return folder / "bundle.zip", folder / "trust.json"


OUTCOMES: Final = (
    VALID,
    "absent-vantage",
    "answer-replaced_fail",
    "round-missing_fail",
    "head-not-stamped_fail",
    "file-changed_fail",
)


@pytest.mark.parametrize("language", HEADLINES)
@pytest.mark.parametrize("folder", OUTCOMES)
def test_says_what_it_came_to(page: Callable[..., Tab], folder: str, language: str) -> None:
    """In one sentence, and at each step with a sign, a word and a style."""
    result, step = expected(folder)
    tab = page(language=language)
    give(tab, BUNDLES / folder / "bundle.zip", BUNDLES / folder / "trust.json")
    wait(tab)
    assert headline(tab) == HEADLINES[language][result]
    assert tab.value("document.documentElement.lang") == language[:2]
    style = {"altered": "bad", "incomplete": "bad", "undecided": "care", "absences": "care", "valid": ""}[result]
    reached, wanted = True, {}
    for one in STEPS:
        look = "command" if not one.page else style if one.id == step else "good" if reached else "away"
        wanted[one.id] = (look, WORDS[language][look])
        reached = reached and one.id != step
    assert standings(tab) == wanted
    assert tab.value("document.activeElement.id") == "headline"  # where a reader of the screen goes on
    if result in {"altered", "incomplete", "undecided"}:
        title = next(one.italian if language == "it-IT" else one.english for one in STEPS if one.id == step)
        assert title in text(tab, "#result")
        assert tab.value("document.getElementById('days').hidden") is True


def test_says_who_where_and_when(page: Callable[..., Tab]) -> None:
    """The order, the question, the probes with their custodians and networks, the clocks, and the days, as in the files."""
    tab = page(language="en-GB")
    give(tab, BUNDLES / VALID / "bundle.zip", BUNDLES / VALID / "trust.json")
    wait(tab)
    summary = text(tab, "#summary")
    for fact in (
        "Ordine di prova", "Tribunale di Prova, 1 October 2026", "ordine-di-prova, version 1", "alfa-dns, rete-beta",
        "film-gratis.test", "21 November 2026 to 21 November 2026, days of Europe/Rome",
        "mi-01 Studio Rossi AS64500 Rete Uno IT 2 0", "rm-01 Studio Verdi AS64501 Rete Beta IT 2 0",
        "uno qualified trust service (eIDAS art. 42)", "due believed, not qualified", "ottempera/probe/mi-01",
    ):  # fmt: skip
        assert fact in summary, summary
    days = text(tab, "#days")
    assert "film-gratis.test, asked of Alfa DNS (alfa)" in days
    assert "2026-11-21 2 2 0 0 0 0 0 0" in days
    assert "An invented world" in text(tab, "#result")
    assert "a question of law" in text(tab, "#limits")
    assert "Nobody" in text(tab, "#absences")


def test_names_the_absent(page: Callable[..., Tab]) -> None:
    tab = page(language="it-IT")
    give(tab, BUNDLES / "absent-vantage" / "bundle.zip", BUNDLES / "absent-vantage" / "trust.json")
    wait(tab)
    assert "1 2026-11-21 21:00 CET rm-01 nessun turno chiuso" in text(tab, "#absences").replace("GMT+1", "CET")
    told = page(language="it-IT")
    folder = BUNDLES / "round-not-fulfilled-and-told"
    give(told, folder / "bundle.zip", folder / "trust.json")
    wait(told)
    assert "il registro dice che le sue osservazioni non sono quelle della chiusura" in text(told, "#absences")


def test_changes_its_language(page: Callable[..., Tab]) -> None:
    """At any time, all of it; what was found stays."""
    tab = page(language="de-DE")
    assert tab.value("document.documentElement.lang") == "en"
    give(tab, BUNDLES / VALID / "bundle.zip", BUNDLES / VALID / "trust.json")
    wait(tab)
    english = tab.value("document.body.innerText").splitlines()
    tab.value("document.querySelector('[data-language=it]').click()")
    assert headline(tab) == HEADLINES["it-IT"]["valid"]
    assert tab.value("document.title").startswith("Verifica")
    italian = set(tab.value("document.body.innerText").splitlines())
    sentences = [line for line in english if len(line.split()) > 4 and "\t" not in line]  # rows of tables are facts
    assert len(sentences) > 40
    assert [line for line in sentences if line in italian] == []


def test_works_without_the_browsers_ed25519(page: Callable[..., Tab]) -> None:
    """It verifies by its own arithmetic, and refuses by it."""
    tab = page(before=OLDER)
    give(tab, BUNDLES / VALID / "bundle.zip", BUNDLES / VALID / "trust.json")
    wait(tab)
    assert headline(tab) == HEADLINES["en-GB"]["valid"]
    assert tab.value("askedForEd25519") > 0
    other = page(before=OLDER)
    folder = BUNDLES / "forged-head_fail"
    give(other, folder / "bundle.zip", folder / "trust.json")
    wait(other)
    result, step = expected(folder.name)
    assert headline(other) == HEADLINES["en-GB"][result]
    assert standings(other)[str(step)][0] == "bad"


def test_without_any_cryptography_it_says_so(page: Callable[..., Tab]) -> None:
    tab = page(before="Object.defineProperty(Crypto.prototype, 'subtle', {get: () => undefined});")
    give(tab, BUNDLES / VALID / "bundle.zip", BUNDLES / VALID / "trust.json")
    wait(tab)
    assert "offers no cryptography" in text(tab, "#told")
    assert tab.value("document.getElementById('result').hidden") is True


def test_files_may_be_dropped(page: Callable[..., Tab]) -> None:
    """Both at once, on whichever field: their first bytes say which is which."""
    tab = page()
    tab.drop("[data-zone=trust]", BUNDLES / VALID / "bundle.zip", BUNDLES / VALID / "trust.json")
    wait(tab)
    assert headline(tab) == HEADLINES["en-GB"]["valid"]
    assert text(tab, "#bundle-chosen").startswith("bundle.zip")
    assert text(tab, "#trust-chosen").startswith("trust.json")


def test_a_file_in_the_wrong_field_goes_where_it_belongs(page: Callable[..., Tab]) -> None:
    tab = page()
    tab.choose("#trust", BUNDLES / VALID / "bundle.zip")
    tab.wait("document.getElementById('bundle-chosen').textContent.startsWith('bundle.zip')")
    assert text(tab, "#trust-chosen") == "Now choose the trust file."
    tab.choose("#bundle", BUNDLES / VALID / "trust.json")
    wait(tab)
    assert headline(tab) == HEADLINES["en-GB"]["valid"]


def test_wrong_files_are_told_so(page: Callable[..., Tab], tmp_path: Path) -> None:
    """A trust file that is none decides nothing; a bundle that is none is altered, and perhaps only the wrong file."""
    tab = page()
    give(tab, BUNDLES / VALID / "bundle.zip", BUNDLES / VALID / "expected.json")
    wait(tab)
    assert "“expected.json” is no trust file" in text(tab, "#told")
    assert tab.value("document.getElementById('result').hidden") is True
    tab.choose("#trust", BUNDLES / VALID / "trust.json")
    tab.wait("!document.getElementById('result').hidden")
    assert (headline(tab), text(tab, "#told")) == (HEADLINES["en-GB"]["valid"], "")
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.7\n" + bytes(4096))
    tab.choose("#bundle", letter)
    tab.wait("document.getElementById('result').className === 'altered'")
    assert "it may simply be the wrong file" in text(tab, "#result")
    tab.drop("[data-zone=bundle]", BUNDLES / VALID / "bundle.zip", BUNDLES / "forged-head_fail" / "bundle.zip")
    tab.wait("document.getElementById('told').textContent !== ''")
    assert "two files of one kind" in text(tab, "#told")
    assert tab.value("document.getElementById('result').hidden") is True
    empty = tmp_path / "empty.zip"
    empty.write_bytes(b"")
    tab.choose("#bundle", empty)
    tab.wait("document.getElementById('result').className === 'altered'")
    assert standings(tab)["1.1"][0] == "bad"


def test_the_last_files_chosen_are_those_that_count(page: Callable[..., Tab]) -> None:
    """A check that is under way is abandoned when another bundle is chosen."""
    tab = page()
    give(tab, BUNDLES / VALID / "bundle.zip", BUNDLES / VALID / "trust.json")
    tab.choose("#bundle", BUNDLES / "absent-vantage" / "bundle.zip")
    tab.choose("#trust", BUNDLES / "absent-vantage" / "trust.json")
    tab.wait("document.getElementById('result').className === 'absences'")
    tab.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert headline(tab) == HEADLINES["en-GB"]["absences"]


def test_what_stands_in_a_bundle_is_only_text(page: Callable[..., Tab], tmp_path: Path) -> None:
    """Markup and turned writing in a custodian's name are shown as they are and do nothing."""
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202eesrever'
    cast = Cast(questions=few_questions(), vantages=(structs.replace(ROME, custodian=evil), MILAN))
    tab = page()
    give(tab, *saved(tmp_path, made(lean(cast=cast))))
    wait(tab)
    assert headline(tab) == HEADLINES["en-GB"]["valid"]
    assert tab.value(
        f"[...document.querySelectorAll('#summary bdi')].some((one) => one.textContent === {json.dumps(evil)})"
    )
    assert tab.value("document.querySelectorAll('#summary img, #summary script').length") == 0
    assert tab.value("document.title").startswith("Check")


def test_has_no_way_out(browser: Browser) -> None:
    """What a script that took the page over would try is refused by its policy, before any network is asked."""
    tab = browser.tab()
    tab.open(PAGE.as_uri())
    refused = tab.value("""(async () => {
        const seen = [];
        document.addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
        await fetch("http://127.0.0.1:9/").catch(() => null);
        await new Promise((done) => Object.assign(new Image(), {onerror: done, src: "http://127.0.0.1:9/a.png"}));
        for (const [tag, set] of [["script", {text: "globalThis.ran = 1"}], ["style", {textContent: "p {}"}], ["iframe", {src: "http://127.0.0.1:9/"}]]) {
            document.body.append(Object.assign(document.createElement(tag), set));
        }
        document.body.append(Object.assign(document.createElement("form"), {action: "http://127.0.0.1:9/", method: "post"}));
        document.forms[0].submit();
        try { new Worker("data:,"); } catch {}
        await new Promise((done) => setTimeout(done, 200));
        return [[...new Set(seen)].sort(), typeof globalThis.ran];
    })()""")
    assert refused == [
        ["connect-src", "form-action", "frame-src", "img-src", "script-src-elem", "style-src-elem", "worker-src"],
        "undefined",
    ]
    sent = {one["request"]["url"] for one in tab.events("Network.responseReceived") if "request" in one}
    assert sent == set()
    tab.close()


def named(tab: Tab) -> list[tuple[str, str]]:
    """Role and name of everything, as a reader of the screen is told."""
    nodes: list[dict[str, Any]] = tab.call("Accessibility.getFullAXTree")["nodes"]
    return [(one["role"]["value"], one.get("name", {}).get("value", "")) for one in nodes if not one["ignored"]]


def test_is_usable_without_eyes_or_a_mouse(page: Callable[..., Tab]) -> None:
    """Everything that does something is reached by Tab and has a name; the language changes by the space bar."""
    tab = page(language="it-IT")
    reached = []
    for _ in range(4):
        tab.key("Tab")
        reached.append(tab.value("document.activeElement.id || document.activeElement.dataset.language"))
    assert reached == ["it", "en", "bundle", "trust"]
    names = [name for role, name in named(tab) if role in {"button", "FileUploadControl"} and name]
    for name in ("Italiano", "English", "Scegli il fascicolo", "Scegli il file di fiducia"):
        assert any(name in one for one in names), names
    tab.value("document.querySelector('[data-language=en]').focus()")
    tab.key(" ")
    assert tab.value("document.documentElement.lang") == "en"
    give(tab, BUNDLES / VALID / "bundle.zip", BUNDLES / VALID / "trust.json")
    wait(tab)
    told = named(tab)
    assert ("heading", "Step by step") in told
    assert ("region", "Everything that this page checks holds, and nothing is missing.") in told
    assert tab.value(
        "[...document.querySelectorAll('table')].every((one) => one.caption && one.querySelector('th[scope=col]'))"
    )
    assert tab.value(
        "new Set([...document.querySelectorAll('[id]')].map((one) => one.id)).size === document.querySelectorAll('[id]').length"
    )


def test_prints_the_report_alone(page: Callable[..., Tab]) -> None:
    """On paper there is nothing to press, and the files it speaks of are named with their digests."""
    tab = page()
    give(tab, BUNDLES / VALID / "bundle.zip", BUNDLES / VALID / "trust.json")
    wait(tab)
    tab.call("Emulation.setEmulatedMedia", media="print")
    assert tab.value("[...document.querySelectorAll('button, input')].every((one) => !one.checkVisibility())")
    printed = text(tab, "#result")
    digests = tab.value("[...document.querySelectorAll('#result dd code')].map((one) => one.textContent)")
    assert [len(one) for one in digests] == [64, 64]
    assert "bundle.zip" in printed


def test_fits_a_telephone(page: Callable[..., Tab]) -> None:
    """At 360 pixels nothing but tables is wider than the screen, and those scroll by themselves."""
    tab = page()
    tab.call("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    give(tab, BUNDLES / VALID / "bundle.zip", BUNDLES / VALID / "trust.json")
    wait(tab)
    assert tab.value("document.documentElement.scrollWidth") <= 360
