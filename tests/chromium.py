"""A headless Chromium that tests drive through its debugging pipe: no driver, no port, no download."""

import base64
import itertools
import json
import os
import shutil
import subprocess
from contextlib import contextmanager

FOUND = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = "--headless --no-sandbox --disable-gpu --hide-scrollbars --remote-debugging-pipe --no-first-run".split()


class Tab:
    """One page in a browser. `events` holds what the browser told beside its answers, as (method, parameters)."""

    def __init__(self, reading, writing):
        self._reading, self._writing, self._numbers, self._session = reading, writing, itertools.count(1), None
        self._rest, self.events = b"", []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def _message(self):
        while b"\0" not in self._rest:
            part = os.read(self._reading, 1 << 20)
            assert part, "the browser ended"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def ask(self, method, **parameters):
        """The result of a command of the DevTools protocol."""
        number = next(self._numbers)
        about = {"sessionId": self._session} if self._session else {}
        os.write(
            self._writing, json.dumps({"id": number, "method": method, "params": parameters, **about}).encode() + b"\0"
        )
        while (message := self._message()).get("id") != number:
            self.events.append((message["method"], message["params"]))
        assert "error" not in message, message
        return message["result"]

    def open(self, address, width, height):
        """Show a page in a window of this size, once it has loaded."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        for url in ("about:blank", address):  # from the same page, an address with # would load nothing
            self._load(url)

    def _load(self, url):
        self.events.clear()
        self.ask("Page.navigate", url=url)
        while not any(method == "Page.loadEventFired" for method, _ in self.events):
            message = self._message()
            self.events.append((message["method"], message["params"]))

    def run(self, expression):
        """The value of a JavaScript expression, of what it promises if it is a promise."""
        about = dict(expression=expression, returnByValue=True, awaitPromise=True)
        result = self.ask("Runtime.evaluate", **about)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def key(self, name, *, hold=0):
        """Press a key, such as ArrowRight, for `hold` milliseconds."""
        code = {"ArrowLeft": 37, "ArrowRight": 39, "Enter": 13, "Escape": 27, "Tab": 9}[name]
        about = dict(key=name, code=name, windowsVirtualKeyCode=code)
        text = {"text": "\r"} if name == "Enter" else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **about, **text)
        self.run(f"new Promise((done) => setTimeout(done, {hold}))")
        self.ask("Input.dispatchKeyEvent", type="keyUp", **about)

    def pdf(self):
        """The page as printed on A4."""
        size = dict(paperWidth=8.27, paperHeight=11.69, preferCSSPageSize=True)
        return base64.b64decode(self.ask("Page.printToPDF", **size)["data"])


@contextmanager
def tab():
    """A Tab of a browser of its own, which is ended afterwards."""
    (child_in, writing), (reading, child_out) = os.pipe(), os.pipe()
    words = ["bash", "-c", f'exec "$@" 3<&{child_in} 4>&{child_out}', "bash", FOUND, *FLAGS]
    process = subprocess.Popen(words, pass_fds=(child_in, child_out), stderr=subprocess.DEVNULL)
    os.close(child_in), os.close(child_out)
    try:
        yield Tab(reading, writing)
    finally:
        process.kill()
        process.wait()
        os.close(reading), os.close(writing)
