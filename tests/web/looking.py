"""A browser page that remembers what went wrong in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request

FITS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@contextlib.contextmanager
def looking(browser: Browser, expected: tuple[str, ...] = (), **context: Any) -> Iterator[Page]:
    """Give a page; afterwards nothing may have been said on its console, thrown, or asked of another host. `expected` parts of messages may."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, **context)
    page = opened.new_page()
    page.set_default_timeout(15_000)
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(e in message.text for e in expected):
            wrong.append(f"{message.type}: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            wrong.append(f"asked: {request.url}")

    def opened_dialog(dialog: Dialog) -> None:
        wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", said)
    page.on("pageerror", lambda error: wrong.append(f"thrown: {error}"))
    page.on("dialog", opened_dialog)
    page.on("request", asked)
    try:
        yield page
        assert wrong == [], page.url
    finally:
        opened.close()
