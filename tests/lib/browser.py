# SPDX-License-Identifier: Apache-2.0
"""browser - a headless Chromium, driven through its debugging pipe: no driver, no further package.

Browser() raises tap.Skip where there is no Chromium.  Pages are used as people use them: text is typed, buttons are clicked.
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from tap import Skip

START_SECONDS, STEP_SECONDS = 60, 30


class Browser:
    def __init__(self, width=1200, height=900):
        path = shutil.which("chromium") or shutil.which("chromium-headless-shell")
        if not path:
            raise Skip("chromium is not installed")
        self.profile = tempfile.mkdtemp(prefix="browser-")
        read_in, self.write = os.pipe()
        self.read, write_out = os.pipe()
        argv = [path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
                "--remote-debugging-pipe", f"--user-data-dir={self.profile}", f"--window-size={width},{height}", "about:blank"]

        def take_pipes():  # the browser reads at 3 and writes to 4
            inp, out = os.dup(read_in), os.dup(write_out)
            os.dup2(inp, 3)
            os.dup2(out, 4)
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        close_fds=False, preexec_fn=take_pipes)
        os.close(read_in)
        os.close(write_out)
        self.buffer, self.number, self.session = b"", 0, None
        try:
            targets = self.command("Target.getTargets", seconds=START_SECONDS)["targetInfos"]
            page = next(t for t in targets if t["type"] == "page")
            self.session = self.command("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
            self.command("Page.enable")
        except BaseException:
            self.close()
            raise

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.read)
        os.close(self.write)
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    # --- the protocol ---------------------------------------------------------
    def message(self, end):
        while b"\0" not in self.buffer:
            if not select.select([self.read], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("the browser says nothing")
            got = os.read(self.read, 1 << 20)
            if not got:
                raise EOFError("the browser ended")
            self.buffer += got
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def command(self, method, seconds=STEP_SECONDS, **params):
        self.number += 1
        body = {"id": self.number, "method": method, "params": params}
        if self.session:
            body["sessionId"] = self.session
        os.write(self.write, json.dumps(body).encode() + b"\0")
        end = time.monotonic() + seconds
        while True:
            got = self.message(end)
            if got.get("id") == self.number:
                if "error" in got:
                    raise RuntimeError(f"{method}: {got['error']}")
                return got["result"]

    # --- using pages ------------------------------------------------------------
    def script(self, text):
        got = self.command("Runtime.evaluate", expression=text, returnByValue=True)
        if "exceptionDetails" in got:
            raise RuntimeError(f"{text}: {got['exceptionDetails']}")
        return got["result"].get("value")

    def wait(self, expression, seconds=STEP_SECONDS):
        end = time.monotonic() + seconds
        while not self.script(f"Boolean({expression})"):
            if time.monotonic() > end:
                raise AssertionError(f"{expression}: not within {seconds} s\n{self.text()}")
            time.sleep(0.02)

    def left(self, act):
        """Does @act and waits for the page that follows."""
        self.script("window.stillHere = true")
        act()
        self.wait("!window.stillHere && document.readyState === 'complete'")

    def open(self, url):
        self.left(lambda: self.command("Page.navigate", url=url))

    def fill(self, name, value):
        """Types into an input, or chooses an option."""
        node = f"document.querySelector({json.dumps(f'[name={json.dumps(name)}]')})"
        kind = self.script(f"{node}.tagName + '/' + {node}.type")
        if kind.startswith("INPUT/") and kind not in ("INPUT/date", "INPUT/checkbox"):
            self.script(f"{node}.focus(), {node}.select()")
            self.command("Input.insertText", text=str(value))
        elif kind == "INPUT/checkbox":
            self.script(f"{node}.click()")
        else:
            self.script(f"{node}.value = {json.dumps(str(value))}")
        return self

    def fill_all(self, values):
        for name, value in values.items():
            self.fill(name, value)
        return self

    def click(self, label):
        """The button or link of this text; buttons of the page first, what is in its head last."""
        find = ("['main button', 'main a', 'header button', 'header a'].flatMap(s => [...document.querySelectorAll(s)])"
                f".find(e => e.textContent.trim() === {json.dumps(label)})")
        if not self.script(f"Boolean({find})"):
            raise AssertionError(f"no button or link {label}\n{self.text()}")
        self.left(lambda: self.script(f"{find}.click()"))

    def text(self, selector="body"):
        return self.script(f"(document.querySelector({json.dumps(selector)}) || {{}}).innerText || ''")

    def screenshot(self, path):
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        data = self.command("Page.captureScreenshot", captureBeyondViewport=True,
                            clip={"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 8000), "scale": 1})
        with open(path, "wb") as f:
            f.write(base64.b64decode(data["data"]))
