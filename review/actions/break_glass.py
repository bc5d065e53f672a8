"""One person decides alone, against the policy or four eyes.

The reason is written down, and auditors are told at once.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Membership, Role, User
from aigc_portal.audit.events import record
from aigc_portal.audit.transitions import StaleState, transition
from aigc_portal.notices.actions import notify
from aigc_portal.problems import Refused
from review.actions.claims import FREE, held_by
from review.actions.decisions import give, refuse_other_text, refuse_without_reasons, where_it_stands
from review.actions.verdicts import Verdict
from review.asking import groups_of, is_asked
from review.consensus import Decided
from review.models import Feedback, Review
from review.notices import about

SHORTEST_REASON, LONGEST_REASON = 20, 1000


def break_glass(
    *, actor: User, review: Review, sha256: str, decision: str, reason: str, verdict: Verdict | None = None
) -> Feedback:
    """Decide an open review alone. Whoever holds it loses it and is told, and so are the team's auditors.

    Raises StaleState where it is decided or changed hands at this moment; Refused for another text, a reason that is
    too short or too long, a refusal without reason codes, and where the actor could decide in the usual way.
    """
    require_role(actor, review.team_id, Role.LEAD)
    verdict, reason = verdict or Verdict(), reason.strip()
    if not review.is_open or review.gold_id is not None:
        raise StaleState(review, "broken glass")
    refuse_other_text(review, sha256)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise reason_length()
    if decision != Review.Status.APPROVED:
        refuse_without_reasons(verdict)
    broken = broken_rules(actor, review, decision)
    if not broken:
        raise Refused("glass_not_needed", _("You may decide on this text in the usual way: take it from the queue."))
    with transaction.atomic():
        holder: User | None = review.claimed_by if review.status == Review.Status.IN_REVIEW else None
        take_over(actor, review, reason, holder)
        record("review.glass_broken", review, actor=actor, reason=reason, rules=broken, held_by=str(holder or ""))
        replaced = review.feedback.on_text(review.current_draft_id).filter(reviewer=actor)
        replaced.update(undone_at=Now())  # a person has one verdict on a text
        approved = review.current_draft if decision == Review.Status.APPROVED else None
        feedback = give(actor, review, decision, verdict, approved)
        tell(actor, review, holder)
    return feedback


def broken_rules(actor: User, review: Review, decision: str) -> list[str]:
    """Which rules a decision by this person alone would break: four_eyes, role, steps. Empty where none.

    `steps` covers whoever the policy does not ask now, and verdicts that are still missing.
    """
    found = []
    if actor.pk in review.draft.contributors:
        found.append("four_eyes")
    if not actor.has_role(review.team_id, Role.REVIEWER):
        found.append("role")
    said = list(review.feedback.on_text(review.current_draft_id))
    kind = Feedback.Kind.ADJUDICATION if review.disputed else Feedback.Kind.REVIEW
    own = Feedback(step=review.step, verdict=decision, kind=kind)
    outcome = where_it_stands(review, list(review.policy.steps.all()), [*said, own])
    unasked = "four_eyes" not in found and not is_asked(actor, review, groups_of(actor))
    if unasked or outcome != Decided(decision):
        found.append("steps")
    return found


def take_over(actor: User, review: Review, reason: str, holder: User | None) -> None:
    """Into the actor's hands in the update that writes the reason, which is what PostgreSQL goes by."""
    if holder is not None:
        theirs = {"claimed_by": holder}
        transition(review, Review.Status.PENDING, actor=actor, where=theirs, action="review.taken_over", **FREE)
    where = {"current_draft": review.current_draft_id, "break_glass": ""}
    transition(review, Review.Status.IN_REVIEW, actor=actor, where=where, break_glass=reason, **held_by(actor))


def tell(actor: User, review: Review, holder: User | None) -> None:
    """Auditors at once, and who held it."""
    auditors = told_of(actor, review)
    notify(to=auditors, kind="review.glass_broken", actor=actor, urgent=True, **about(review))
    if holder is not None and holder not in auditors:
        notify(to=[holder], kind="review.glass_broken", actor=actor, **about(review))


def told_of(actor: User, review: Review) -> list[User]:
    """The team's auditors, by name; its admins where nobody else audits."""
    for role in (Role.AUDITOR, Role.ADMIN):
        held = Membership.objects.filter(team=review.team_id, role=role).exclude(user=actor)
        if people := [membership.user for membership in held.select_related("user").order_by("user__name", "user_id")]:
            return people
    return []


def reason_length() -> Refused:
    detail = _("Write why, in %(least)s to %(most)s characters.")
    return Refused("reason_length", detail % {"least": SHORTEST_REASON, "most": LONGEST_REASON}, 400)
