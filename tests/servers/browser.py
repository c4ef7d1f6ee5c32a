"""A real, headless Chromium for the tests, and the accessibility check that runs inside it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

# The sandbox needs rights that a container's root lacks; the rest keeps the browser from talking to anybody.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PLACES = (
    "/usr/bin/chromium",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@contextmanager
def browser() -> Iterator[Browser]:
    """Yield a browser; it takes about a second to start, so share it and open a page per test."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_find_chromium(), args=list(ARGUMENTS))
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def open_page(
    chromium: Browser, *, width: int = 1280, scheme: Literal["light", "dark"] = "light", javascript: bool = True
) -> Iterator[Page]:
    """Yield a page with cookies of its own; a script error or a broken Content-Security-Policy fails the test."""
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        java_script_enabled=javascript,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
        service_workers="block",
    )
    context.set_default_timeout(10_000)
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    context.on("console", listen)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    try:
        yield context.new_page()
    finally:
        context.close()
    assert not complaints, "the browser complained: " + "; ".join(complaints)


def axe(page: Page) -> list[dict[str, Any]]:
    """Return what axe-core finds wrong on the page, one entry per rule with the elements that break it."""
    source = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    # Evaluated by the debugger, not added as a <script>: the pages' own policy forbids foreign scripts.
    page.evaluate(source)
    found = page.evaluate("rules => axe.run({runOnly: {type: 'tag', values: rules}})", list(RULES))
    return [
        {"rule": violation["id"], "why": violation["help"], "where": [node["html"] for node in violation["nodes"]]}
        for violation in found["violations"]
    ]


def _find_chromium() -> str:
    for place in (os.environ.get("CHROMIUM", ""), *PLACES):
        found = shutil.which(place)
        if found:
            return found
    raise RuntimeError("Chromium was not found; script/test installs it on Debian, or name it in CHROMIUM.")
