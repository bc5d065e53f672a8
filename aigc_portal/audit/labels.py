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
    "gold.created": _("made a known answer of"),
    "gold.retired": _("retired the known answer of"),
    "group.created": _("made the review group"),
    "group.deleted": _("deleted the review group"),
    "group.member_added": _("added somebody to the review group"),
    "group.member_removed": _("took somebody out of the review group"),
    "group.renamed": _("renamed the review group"),
    "limit.changed": _("changed the token limits of"),
    "model.changed": _("noted a change of the model"),
    "model.in_use": _("put the model to use"),
    "model.registered": _("registered the model"),
    "policy.published": _("published the"),
    "prompt.created": _("wrote the prompt"),
    "reason.added": _("added the reason"),
    "reason.brought_back": _("brought back the reason"),
    "reason.moved": _("moved in the list the reason"),
    "reason.retired": _("retired the reason"),
    "review.approved": _("approved a text of"),
    "review.assigned": _("assigned the review of"),
    "review.changes_requested": _("asked for changes to"),
    "review.claim_ended": _("put back, because its reviewer has left,"),
    "review.claim_expired": _("put back, after its time was over,"),
    "review.commented": _("commented on"),
    "review.due_changed": _("changed when the review is due of"),
    "review.escalated": _("told the leads that the review is overdue of"),
    "review.four_eyes_refused": _("was refused the review of an own text:"),
    "review.glass_broken": _("decided alone, against the rules, on"),
    "review.in_review": _("took for review"),
    "review.judged": _("gave a verdict on"),
    "review.pending": _("returned to the queue"),
    "review.priority_changed": _("changed the priority of"),
    "review.rejected": _("rejected a text of"),
    "review.released": _("put back into the queue"),
    "review.submitted": _("submitted for review"),
    "review.taken_over": _("took the review from its holder:"),
    "review.thread_reopened": _("opened again a thread about"),
    "review.thread_resolved": _("closed a thread about"),
    "review.unassigned": _("took back the assignment of"),
    "review.undone": _("took back a verdict on"),
    "review.withdrawn": _("withdrew from review"),
    "role.granted": _("gave a role to"),
    "role.revoked": _("took a role from"),
    "run.cancelled": _("cancelled the run for"),
    "run.failed": _("gave up the run for"),
    "run.queued": _("put the run back into the line for"),
    "run.requested": _("asked for drafts of"),
    "run.running": _("began to write drafts of"),
    "run.succeeded": _("finished the drafts of"),
    "savedfilter.created": _("saved a filter of the queue"),
    "savedfilter.deleted": _("deleted a saved filter"),
    "savedfilter.renamed": _("renamed a saved filter"),
    "team.created": _("created the team"),
    "token.issued": _("issued an API token"),
    "token.revoked": _("revoked an API token"),
    "user.created": _("added the person"),
    "user.language_chosen": _("chose a language"),
    "user.notices_chosen": _("chose how notices are mailed"),
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
    "policy": _("Review policies"),
    "group": _("Review groups"),
    "reason": _("Reasons"),
    "gold": _("Known answers"),
    "savedfilter": _("Saved filters"),
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
    "review.reviewpolicy": _("Review policy"),
    "review.reviewgroup": _("Review group"),
    "review.reasoncode": _("Reason"),
    "review.golditem": _("Known answer"),
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
