"""Texts that try to become markup, script or a formula."""

from __future__ import annotations

CORPUS = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "</textarea></title></style><script>alert(3)</script>",
    "<img src=x onerror=alert(4)>",
    '"><svg/onload=alert(5)>',
    "' autofocus onfocus='alert(6)",
    "<details open ontoggle=alert(7)>",
    '<iframe srcdoc="<script>parent.alert(8)</script>"></iframe>',
    '<math><mtext><table><mglyph><style><img src=x onerror="alert(9)"></style></mglyph></table></mtext></math>',
    "<style>@import 'https://elsewhere.test/a.css'; body { display: none }</style>",
    "<link rel=stylesheet href=https://elsewhere.test/b.css><base href=https://elsewhere.test/>",
    "<meta http-equiv=refresh content='0;url=https://elsewhere.test/'>",
    "<form action=https://elsewhere.test/><button name=decision>",
    '<div hx-get="/briefs/" hx-trigger="load" hx-on::load="alert(10)" data-stream-url="/x"></div>',
    '<button data-shortcut="a" data-copy="x" accesskey="a">',
    '<a href="javascript:alert(11)">a</a>',
    "[a](javascript:alert(12)) ![b](https://elsewhere.test/c.png) <https://elsewhere.test/>",
    "# Heading\n\n| a | b |\n|---|---|\n| **c** | `d` |\n\n```html\n<script>alert(13)</script>\n```",
    "{{ 7|add:7 }} {% load static %} ${7*7} #{7*7} [[7*7]]",
    "<!-- --!><script>alert(14)</script> ]]> <![CDATA[",
    "&lt;script&gt;alert(15)&lt;/script&gt; &#60;b&#62; %3Cscript%3E",
    '=HYPERLINK("https://elsewhere.test") @SUM(1) +1 -1',
    "\u202eright to left\u202c, zero\u200bwidth, \U0001f600, e\u0301, \u4e2d\u6587",
    "Unbroken" + "x" * 120,
)
TEXT = "\n".join(CORPUS)
LINE = "\"><img src=x onerror=alert(16)><svg/onload=alert(17)>'{{ 7|add:7 }}[a](javascript:alert(18))"
"""For fields of one line; below 100 characters."""
