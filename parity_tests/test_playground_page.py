"""The playground's page, driven in the system's Chromium as a person would drive it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from parity.playground.choices import Choices
from parity.playground.session import Session
from parity.plots.style import short
from parity.student.messages import text

pytest.importorskip("nicegui", reason="NiceGUI is not installed: the extra `playground`")
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: the extra `test`")

pytestmark = pytest.mark.slow
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
START = 90.0  # seconds within which a loaded machine has imported torch
AFTER = 6.0  # seconds after which the server has noticed that a window has gone
NONE_YET = text("en", "playground.no_loss")


class Served:
    """`parity playground` as a process of its own."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "parity", "playground", "--no-browser", "--port", "0", *options]
        environment = os.environ | {"PYTHONUNBUFFERED": "1", "PARITY_LANG": "en"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.address = self._address()

    def _address(self) -> str:
        assert self.process.stdout is not None
        found = re.search(r"http://\S+", self.process.stdout.readline())
        if found is None:
            raise AssertionError(f"the playground did not start: {self.process.communicate()[1]}")
        self._await_answer(found[0])
        return found[0]

    def _await_answer(self, address: str) -> None:
        end = time.monotonic() + START
        while True:
            try:
                urllib.request.urlopen(address, timeout=START).close()
                return
            except urllib.error.URLError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def busy(self, seconds: float = 2.0) -> float:
        """The share of a core that the server uses."""
        times = [sum(psutil.Process(self.process.pid).cpu_times()[:2])]
        time.sleep(seconds)
        times.append(sum(psutil.Process(self.process.pid).cpu_times()[:2]))
        return (times[1] - times[0]) / seconds

    def end(self) -> tuple[int, str]:
        """Ctrl-C; the exit status and what was said as an error."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            _, said = self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, said


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    server = Served()
    yield server
    code, said = server.end()
    assert (code, said) == (0, "")  # no traceback, no warning, in all that the tests did


@pytest.fixture(scope="module")
def browser(served: Served) -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


class Window:
    """A window that shows the playground."""

    def __init__(self, browser: Any, address: str) -> None:
        self.page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)
        self.page.wait_for_selector("[data-testid=boundaries][src]", timeout=1000 * START)

    def click(self, name: str) -> None:
        self.page.click(f"[data-testid={name}]")

    def text(self, name: str) -> str:
        return str(self.page.inner_text(f"[data-testid={name}]"))

    @property
    def steps(self) -> int:
        return int(self.text("count").split()[-1])

    def value(self, name: str) -> str:
        """What a control shows."""
        return str(self.page.locator(f"[data-testid={name}]").first.input_value())

    def choose(self, name: str, entry: str) -> None:
        self.page.locator(f"label:has([data-testid={name}])").click()
        self.page.locator(".q-menu .q-item").get_by_text(entry, exact=True).click()
        self.page.wait_for_selector(".q-menu", state="detached")

    def type_seed(self, words: str) -> None:
        self.page.locator("[data-testid=seed]").fill(words)
        self.page.keyboard.press("Tab")

    def until(self, true: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{what}: not within {seconds} seconds"
            self.page.wait_for_timeout(50)

    def close(self) -> None:
        self.page.close()
        assert self.errors == []


@pytest.fixture
def window(served: Served, browser: Any) -> Iterator[Window]:
    found = Window(browser, served.address)
    yield found
    found.close()


def expected(choices: Choices, steps: int) -> str:
    """What the page says after these steps, from the library's own comparison."""
    session = Session(choices)
    session.step(steps)
    return text(
        "en", "playground.losses_alt", step=steps, ours=f"{session.ours.losses[-1]:.12g}",
        theirs=f"{session.theirs.losses[-1]:.12g}", difference=short(float(session.difference().max())),
    )  # fmt: skip


def test_step_play_pause_reset(window: Window) -> None:
    assert window.steps == 0
    assert window.text("numbers") == NONE_YET
    window.click("step")
    window.until(lambda: window.steps == 1, "a step")
    assert window.text("numbers") == expected(Choices(), 1)
    window.click("play")
    window.until(lambda: window.steps > 20, "playing")
    window.click("play")
    window.page.wait_for_timeout(1500)
    paused = window.steps
    window.page.wait_for_timeout(1500)
    assert window.steps == paused
    assert window.text("numbers") == expected(Choices(), paused)
    window.click("reset")
    window.until(lambda: window.steps == 0, "the reset")
    assert window.text("numbers") == NONE_YET
    window.click("step")
    window.until(lambda: window.steps == 1, "a step after the reset")
    assert window.text("numbers") == expected(Choices(), 1)


def test_choices_and_the_seed(window: Window) -> None:
    window.choose("data", "spirals")
    window.choose("optimizer", "SGD, momentum 0.9")
    window.choose("regularisation", "dropout")
    window.choose("layers", "1")
    window.choose("layer0", "7")
    window.choose("strength", "0.1")
    window.until(lambda: "10 neurons" in window.text("apart"), "the net")
    window.type_seed("7")
    window.page.wait_for_timeout(1500)
    window.click("step")
    window.until(lambda: window.steps == 1, "a step")
    chosen = Choices(
        data="spirals", optimizer="SGD, momentum 0.9", regularisation="dropout", hidden=(7,), strength=0.1, seed=7
    )
    assert window.text("numbers") == expected(chosen, 1)


@pytest.mark.parametrize("words", ["99999999999", "-3", "2.5", "1e400", ""])
def test_a_seed_that_is_none_is_refused(window: Window, words: str) -> None:
    window.type_seed(words)
    window.until(lambda: "Not taken" in window.page.inner_text("body"), "the refusal")
    window.until(lambda: window.value("seed") == "0", "the seed that was there")
    window.click("step")
    window.until(lambda: window.steps == 1, "a step")
    assert window.text("numbers") == expected(Choices(), 1)


def test_digits_are_learnt(window: Window) -> None:
    window.choose("data", "ten digits")
    window.until(lambda: "Digits:" in window.page.inner_text("body"), "the digits")
    window.click("step")
    window.until(lambda: window.steps == 1, "a step")
    assert window.text("numbers") == expected(Choices(data="ten digits"), 1)


def test_two_windows_do_not_disturb_each_other(served: Served, browser: Any, window: Window) -> None:
    other = Window(browser, served.address)
    other.choose("regularisation", "dropout")  # draws random numbers with every step
    other.click("play")
    other.until(lambda: other.steps > 5, "playing in the other window")
    assert window.steps == 0
    for step in range(1, 6):
        window.click("step")
        window.until(lambda step=step: window.steps == step, "a step")  # type: ignore[misc]
    other.click("play")
    other.page.wait_for_timeout(1500)
    assert window.text("numbers") == expected(Choices(), 5)
    assert other.text("numbers") == expected(Choices(regularisation="dropout"), other.steps)
    other.close()


def test_closing_the_window_stops_the_work(served: Served, browser: Any) -> None:
    window = Window(browser, served.address)
    window.choose("at_a_time", "100")
    window.click("play")
    window.until(lambda: window.steps > 100, "playing")
    assert served.busy() > 0.2
    window.close()
    time.sleep(AFTER)
    assert served.busy() < 0.05


def test_the_page_asks_nobody_else(served: Served, window: Window) -> None:
    """Fonts, scripts and pictures come from this machine: it works without a network."""
    window.click("step")
    window.until(lambda: window.steps == 1, "a step")
    others = [url for url in window.asked if not url.startswith((served.address, "data:", "blob:"))]
    assert len(window.asked) > 5
    assert others == []


def test_a_page_of_another_site_is_not_answered(served: Served) -> None:
    request = urllib.request.Request(served.address, headers={"Host": "another.example"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request, timeout=30)


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits(window: Window, width: int) -> None:
    window.page.set_viewport_size({"width": width, "height": 844})
    window.page.wait_for_timeout(500)
    assert window.page.evaluate("document.documentElement.scrollWidth") <= width
    assert "scratch" in window.page.get_attribute("[data-testid=boundaries]", "alt")


def test_portuguese_and_ctrl_c_while_a_window_plays(browser: Any) -> None:
    server = Served("--lang", "pt")
    try:
        window = Window(browser, server.address)
        assert "Recomeçar" in window.page.inner_text("body")
        assert window.page.get_attribute("html", "lang") == "pt-BR"
        window.click("play")
        window.until(lambda: window.steps > 5, "playing")
        assert window.errors == []
    finally:
        assert server.end() == (0, "")
    window.page.close()


@pytest.mark.parametrize("path", ["/static/../../../../../../etc/passwd", "/static/%2e%2e/%2e%2e/ui_run.py"])
def test_no_path_leads_out_of_the_page_s_own_files(served: Served, path: str) -> None:
    page = urllib.request.urlopen(served.address, timeout=30).read().decode()
    own = re.search(r"/_nicegui/[\w.]+", page)
    assert own is not None
    with urllib.request.urlopen(f"{served.address}{own[0]}/static/nicegui.css", timeout=30) as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(served.address + own[0] + path, timeout=30)


def test_other_machines_are_refused() -> None:
    command = [sys.executable, "-m", "parity", "playground", "--no-browser", "--port", "0", "--host", "0.0.0.0"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=START, check=False)
    assert found.returncode == 2
    assert "--allow-remote" in found.stderr
