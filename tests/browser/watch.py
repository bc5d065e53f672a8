"""What must not happen on any page."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, WebError

TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
  `policy ${event.effectiveDirective} violated by ${event.blockedURI || event.sample}`));
"""
ANSWERED = re.compile(r"the server responded with a status of (\d+)")


class Watch:
    """Collects console errors, uncaught exceptions, dialogs, requests to other hosts, and violations of our policy."""

    def __init__(self, address: str) -> None:
        self.troubles: list[str] = []
        self._address = address
        self._expected: set[int] = set()

    def expect(self, *statuses: int) -> None:
        """An answer with one of these statuses is what the test is about."""
        self._expected.update(statuses)

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("dialog", self._dialog)
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning", "assert"):
            return
        answered = ANSWERED.search(message.text)
        if not (answered and int(answered[1]) in self._expected):
            where = message.page.url if message.page else ""
            self.troubles.append(f"{message.type} on {where}: {message.text} {message.location.get('url', '')}")

    def _error(self, error: WebError) -> None:
        self.troubles.append(f"exception on {error.page.url if error.page else ''}: {error.error}")

    def _dialog(self, dialog: Dialog) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self._address}/", "data:")):
            self.troubles.append(f"request to {request.url}")
