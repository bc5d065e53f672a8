"""The table of sentences: what each kind of notice says, in the reader's language, on pages and in mails."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from aigc_portal.notices.models import Notice

Text = str | Promise


@dataclass(frozen=True)
class Sentence:
    """`by_person` may name %(actor)s; `by_portal` is for where nobody is named. Both take places from `params`."""

    by_portal: Text
    by_person: Text | None = None


SENTENCES: dict[str, Sentence] = {
    "review.approved": Sentence(_("“%(title)s” was approved."), _("%(actor)s approved “%(title)s”.")),
    "review.changes_requested": Sentence(
        _("“%(title)s” came back: it needs changes."), _("%(actor)s asked for changes to “%(title)s”.")
    ),
    "review.rejected": Sentence(_("“%(title)s” was rejected."), _("%(actor)s rejected “%(title)s”.")),
    "review.assigned": Sentence(
        _("The review of “%(title)s” was assigned to you."), _("%(actor)s assigned the review of “%(title)s” to you.")
    ),
    "review.escalated": Sentence(_("The review of “%(title)s” is overdue.")),
    "review.mentioned": Sentence(
        _("You were mentioned in a comment on “%(title)s”."), _("%(actor)s mentioned you in a comment on “%(title)s”.")
    ),
    "review.commented": Sentence(_("There is a new comment on “%(title)s”."), _("%(actor)s commented on “%(title)s”.")),
    "review.disputed": Sentence(_("The reviewers disagree about “%(title)s”. An adjudicator has to decide.")),
    "review.glass_broken": Sentence(
        _("The review of “%(title)s” was closed by one person, against the team's policy."),
        _("%(actor)s closed the review of “%(title)s” alone, against the team's policy."),
    ),
    "review.claim_lost": Sentence(_("You do not hold “%(title)s” any more. It is back in the queue.")),
}
ABOUT_A_TITLE = Sentence(_("There is something new about “%(title)s”."))
ABOUT_ANYTHING = Sentence(_("There is something new for you."))


def sentence_of(notice: Notice) -> str:
    """Plain text on one line."""
    return str(text_of(notice)) % places(notice)


def html_sentence_of(notice: Notice) -> SafeString:
    """For pages: every place keeps its own direction, and the title its language."""
    language = notice.params.get("language") or ""
    shown = {
        name: format_html('<bdi lang="{}">{}</bdi>', language, text)
        if language and name == "title"
        else format_html("<bdi>{}</bdi>", text)
        for name, text in places(notice).items()
    }
    return mark_safe(conditional_escape(str(text_of(notice))) % forgiving(shown))  # noqa: S308 - all of it is escaped


def text_of(notice: Notice) -> Text:
    """The sentence with its places open. A kind that is not in the table (any more) gets a general one."""
    sentence = SENTENCES.get(notice.kind) or (ABOUT_A_TITLE if "title" in notice.params else ABOUT_ANYTHING)
    return sentence.by_person if sentence.by_person and notice.actor_name else sentence.by_portal


def places(notice: Notice) -> Mapping[str, str]:
    return forgiving({name: one_line(value) for name, value in {**notice.params, "actor": notice.actor_name}.items()})


def forgiving(values: Mapping[str, str]) -> Mapping[str, str]:
    """A place that nothing fills shows an ellipsis."""
    return defaultdict(lambda: "…", values)


def one_line(value: Any) -> str:
    """Without line breaks and control characters: it can add no line to a mail, and no header."""
    joined = " ".join(str(value).split())
    return "".join(character for character in joined if unicodedata.category(character) != "Cc")
