"""A real browser without a window or a network, driven over the pipes of the DevTools protocol: no port, no driver."""

from __future__ import annotations

import base64
import json
import os
import queue
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

CHROMIUM: Final = Path("/usr/bin/chromium")
_FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",  # its sandbox wants user namespaces, which a container may not have
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--no-first-run",
    "--no-default-browser-check",
    "--remote-debugging-pipe",
)
_PATIENCE_S: Final = 120


class Browser:
    """One process of the browser in a *profile* of its own; `tab` opens pages in it.

    It stands in a network namespace in which not even loopback is up: what it sent would go nowhere. Where the machine
    lets nobody make one, it does not start, and whoever uses it fails.
    """

    def __init__(self, profile: Path, *flags: str) -> None:
        # The browser reads commands from descriptor 3 and writes answers to 4, each ended by a zero byte.
        shell = f'exec {CHROMIUM} "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1'
        outside = () if os.geteuid() == 0 else ("--map-root-user",)
        self._process = subprocess.Popen(
            ["unshare", "-n", *outside, "sh", "-c", shell, "sh", *_FLAGS, *flags, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            env={**os.environ, "HOME": str(profile), "XDG_RUNTIME_DIR": str(profile)},
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._says, self._listens = self._process.stdin, self._process.stdout
        self._number = 0
        self._replies: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.events: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        """Itself: the process runs already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it, and wait until it is gone."""
        self._says.close()  # it ends when nobody can say anything to it any more
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(_PATIENCE_S)
        self._listens.close()

    def _read(self) -> None:
        held = b""
        while chunk := self._listens.read(2**16):
            *whole, held = (held + chunk).split(b"\0")
            for message in map(json.loads, whole):
                if "id" in message:
                    self._replies.put(message)
                else:
                    self.events.append(message)
        self._replies.put(None)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """What the browser answers to *method*.

        Raises:
            AssertionError: it refuses, or is gone.
        """
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._says.write(json.dumps(message).encode() + b"\0")
        reply = self._replies.get(timeout=_PATIENCE_S)
        assert reply is not None, "the browser ended"
        assert reply["id"] == self._number, reply
        assert "error" not in reply, (method, reply)
        result: dict[str, Any] = reply["result"]
        return result

    def tab(self, *, language: str = "en-GB", before: str = "") -> Tab:
        """An empty page that speaks *language*; the script *before* runs in each document before its own."""
        return Tab(self, language, before)


class Tab:
    """One page and everything that it asked for."""

    def __init__(self, browser: Browser, language: str, before: str) -> None:
        self._browser = browser
        self._target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session: str = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setLocaleOverride", locale=language)
        agent = browser.call("Browser.getVersion")["userAgent"]
        self.call("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)
        if before:
            self.call("Page.addScriptToEvaluateOnNewDocument", source=before)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """As `Browser.call`, to this page."""
        return self._browser.call(method, self._session, **parameters)

    def close(self) -> None:
        """Close the page."""
        self._browser.call("Target.closeTarget", targetId=self._target)

    def events(self, method: str) -> Iterator[dict[str, Any]]:
        """What this page told of *method* so far."""
        for event in list(self._browser.events):
            if event.get("sessionId") == self._session and event["method"] == method:
                yield event["params"]

    def open(self, url: str) -> None:
        """Go to *url*, until it is loaded."""
        told = self.call("Page.navigate", url=url)
        assert "errorText" not in told, told
        self.wait("document.readyState === 'complete'")

    def value(self, script: str) -> Any:
        """What the expression *script* comes to in the page, once it is settled.

        Raises:
            AssertionError: it throws.
        """
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait(self, script: str) -> None:
        """Until the expression *script* holds, looked at each time the page is drawn or changed."""
        self.value(
            "new Promise((done, late) => {"
            f" const end = performance.now() + {_PATIENCE_S * 1000};"
            f" const look = () => ({script}) ? done(true) : performance.now() > end ? late(new Error('never')) : setTimeout(look, 20);"
            " look(); })"
        )

    def choose(self, selector: str, *files: Path) -> None:
        """Put *files* into the file input that *selector* names, as the browser's own dialogue does."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file) for file in files])

    def drop(self, selector: str, *files: Path) -> None:
        """Drag *files* from the desktop onto the middle of what *selector* names."""
        place = self.value(
            f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])(document.querySelector({selector!r}).getBoundingClientRect())"
        )
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.call("Input.dispatchDragEvent", type=kind, x=place[0], y=place[1], data=data)

    def key(self, name: str) -> None:
        """Press and release a key by its name, such as Tab."""
        code = {"Tab": 9, "Enter": 13, " ": 32}[name]
        text = {"Enter": "\r", " ": " "}.get(name, "")
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=name,
                code=name,
                windowsVirtualKeyCode=code,
                text=text if kind == "keyDown" else "",
            )

    def picture(self, *, width: int = 1000) -> bytes:
        """The whole page as a PNG."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])
