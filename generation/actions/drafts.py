"""An edit of a draft is a new draft."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.events import record
from aigc_portal.problems import Refused
from generation.models import Draft
from generation.models.drafts import LONGEST_TEXT, sha256_of


@transaction.atomic
def edit_draft(*, actor: User, draft: Draft, text: str) -> Draft:
    """The child draft with the new text. Raises Refused for an empty, unchanged or oversized text."""
    require_role(actor, draft.team_id, Role.MARKETER)
    return create_child(actor=actor, parent=draft, text=text, action="draft.edited")


def create_child(*, actor: User, parent: Draft, text: str, action: str) -> Draft:
    """Write the child and its event, inside the caller's transaction. The caller has checked the role."""
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise Refused("empty_text", _("The text is empty. Write something, or go back without saving."), 400)
    if len(text) > LONGEST_TEXT:
        raise Refused("text_too_long", _("A text has at most %(limit)s characters.") % {"limit": LONGEST_TEXT}, 400)
    if text == parent.text:
        raise Refused("text_unchanged", _("The text is the same as before. Nothing was saved."), 400)
    child = Draft.objects.create(
        team_id=parent.team_id,
        brief_id=parent.brief_id,
        parent=parent,
        origin=Draft.Origin.HUMAN,
        author=actor,
        text=text,
        sha256=sha256_of(text),
        language=parent.language,
    )
    child.refresh_from_db(fields=["contributors"])
    record(
        action, child, actor=actor, before={"sha256": parent.sha256}, after={"sha256": child.sha256}, parent=parent.pk
    )
    return child
