"""Take away what a chat model puts around its answer. Pure text in, text and findings out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

QUOTES = {'"': '"', "“": "”", "「": "」", "'": "'"}
PREAMBLE = re.compile(
    r"\A(?:(?:sure|certainly|of course|here(?:'s| is| are))\b[^\n]{0,120}[:!]\s*\n+"
    r"|(?:当然|好的)[^\n]{0,60}[:：!！]\s*\n+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a step noticed. `start` and `end` are places in the text that went in."""

    rule: str
    start: int
    end: int
    severity: Literal["info", "warning", "block"]


def clean(text: str) -> tuple[str, list[Finding]]:
    """The answer itself: no preamble, no quotes around the whole, no control characters, tidy line ends."""
    findings = []
    body = "".join(c for c in text.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c)[0] != "C")
    if preamble := PREAMBLE.match(body.lstrip()):
        findings.append(Finding("chat-preamble", 0, preamble.end(), "info"))
        body = body.lstrip()[preamble.end() :]
    body = re.sub(r"[ \t]+\n", "\n", body).strip()
    body = re.sub(r"\n{3,}", "\n\n", body)
    if len(body) > 2 and QUOTES.get(body[0]) == body[-1] and body[-1] not in body[1:-1]:
        findings.append(Finding("quoted-whole", 0, len(text), "info"))
        body = body[1:-1].strip()
    return body, findings
