"""The Chromium of this machine, and tabs whose requests and complaints are noted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext
    from playwright.sync_api import Page as Tab

CHROMIUM = Path("/usr/bin/chromium")


@contextmanager
def chromium() -> "Iterator[Browser]":
    """Yield a browser; skip where none is."""
    if not CHROMIUM.is_file():
        pytest.skip(f"no Chromium on this machine: {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield opened
        opened.close()


@dataclass(frozen=True, slots=True)
class Watched:
    """A tab, with all that it asked for and complained about."""

    tab: "Tab"
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def watched_tab(context: "BrowserContext") -> Iterator[Watched]:
    """Yield a tab of a browser's context, which is closed after."""
    found = Watched(context.new_page())
    found.tab.on("request", lambda request: found.asked.append(request.url))
    found.tab.on("console", lambda message: found.complaints.append(message.text))
    found.tab.on("pageerror", lambda error: found.complaints.append(str(error)))
    yield found
    context.close()
