"""Action codes and object types in words: the one table of them.

An action is a verb phrase that the object's name follows: "Ravi Patel" "approved a text of" "Spring tea". Where people
act upon themselves, nothing follows: "Mia Chen" "signed in".
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

ACTIONS: dict[str, Label] = {
    "brief.created": _("wrote the brief"),
    "brief.edited": _("edited the brief"),
    "dataset.cancelled": _("cancelled the export"),
    "dataset.downloaded": _("downloaded from the data set"),
    "dataset.failed": _("gave up the export"),
    "dataset.queued": _("put the export back into the line"),
    "dataset.requested": _("asked for the data set"),
    "dataset.running": _("began the export"),
    "dataset.succeeded": _("finished the data set"),
    "draft.corrected": _("corrected a text under review:"),
    "draft.edited": _("edited a draft of"),
    "draft.generated": _("generated a draft of"),
    "limit.changed": _("changed the token limits of"),
    "model.changed": _("noted a change of the model"),
    "model.in_use": _("put the model to use"),
    "model.registered": _("registered the model"),
    "prompt.created": _("wrote the prompt"),
    "review.approved": _("approved a text of"),
    "review.changes_requested": _("asked for changes to"),
    "review.claim_expired": _("put back, after its time was over,"),
    "review.four_eyes_refused": _("was refused the review of an own text:"),
    "review.in_review": _("took for review"),
    "review.pending": _("returned to the queue"),
    "review.rejected": _("rejected a text of"),
    "review.released": _("put back into the queue"),
    "review.submitted": _("submitted for review"),
    "review.withdrawn": _("withdrew from review"),
    "role.granted": _("gave a role to"),
    "role.revoked": _("took a role from"),
    "run.cancelled": _("cancelled the run for"),
    "run.failed": _("gave up the run for"),
    "run.queued": _("put the run back into the line for"),
    "run.requested": _("asked for drafts of"),
    "run.running": _("began to write drafts of"),
    "run.succeeded": _("finished the drafts of"),
    "team.created": _("created the team"),
    "token.issued": _("issued an API token"),
    "token.revoked": _("revoked an API token"),
    "user.created": _("added the person"),
    "user.language_chosen": _("chose a language"),
    "user.password_changed": _("changed the password"),
    "user.password_link_issued": _("issued a link to set a password to"),
    "user.sign_in_locked": _("locked the sign-in, after too many failures, of"),
    "user.sign_in_refused": _("refused a wrong password of"),
    "user.signed_in": _("signed in"),
    "user.signed_out": _("signed out"),
}

GROUPS: dict[str, Label] = {
    "brief": _("Briefs"),
    "run": _("Runs"),
    "draft": _("Drafts"),
    "review": _("Reviews"),
    "dataset": _("Data sets"),
    "prompt": _("Prompts"),
    "model": _("Models"),
    "team": _("Teams"),
    "limit": _("Limits"),
    "role": _("Roles"),
    "user": _("People"),
    "token": _("API tokens"),
}

TYPES: dict[str, Label] = {
    "generation.brief": _("Brief"),
    "generation.generationrun": pgettext_lazy("object", "Run"),
    "generation.draft": _("Draft"),
    "review.review": pgettext_lazy("object", "Review"),
    "review.datasetexport": _("Data set"),
    "generation.prompt": _("Prompt"),
    "generation.modelversion": _("Model"),
    "accounts.team": _("Team"),
    "accounts.user": _("Person"),
}


def action_label(action: str) -> Label:
    return ACTIONS.get(action, action)


def type_label(target_type: str) -> Label:
    return TYPES.get(target_type, target_type)
