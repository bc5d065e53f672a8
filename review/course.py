"""The course of a review through the steps of its policy, as one reader may see it."""

from __future__ import annotations

from dataclasses import dataclass, field

from aigc_portal.accounts.models import User
from review.models import Feedback, PolicyStep, Review
from review.standing import Standing
from review.visible_feedback import SeenVerdict, visible_feedback


@dataclass(frozen=True)
class CourseStep:
    """`judged` of the `wanted` reviewers gave a verdict that counts. `state` is done, current, todo or skipped."""

    step: PolicyStep
    wanted: int
    judged: int
    state: str
    disputed: bool
    verdicts: list[SeenVerdict]


@dataclass(frozen=True)
class Course:
    """`earlier` are verdicts on what the text was before a reviewer corrected it; they count no more."""

    steps: list[CourseStep]
    earlier: list[SeenVerdict] = field(default_factory=list)

    @property
    def current(self) -> CourseStep | None:
        return next((step for step in self.steps if step.state == "current"), None)

    @property
    def has_verdicts(self) -> bool:
        """Whether there is something to read for who judges now."""
        return bool(self.earlier) or any(step.verdicts or step.disputed for step in self.steps)

    @property
    def is_simple(self) -> bool:
        """One person decides alone, or only that person was measured: there is nothing to tell beside the decision."""
        if not self.steps:
            return True
        return len(self.steps) == 1 and self.steps[0].wanted == 1 and self.steps[0].judged < 2 and not self.earlier


def course_of(user: User, review: Review, reader: Standing) -> Course:
    """From policy, steps and feedback as `with_subject` reads them: no queries.

    A known answer that was decided has no course: one reviewer was measured, whatever the policy asks for.
    """
    if review.gold_id and review.is_decided:
        return Course([])
    counting = [one for one in review.feedback.all() if counts(review, one)]
    seen = visible_feedback(user, review, reader)
    current = [verdict for verdict in seen if verdict.text_id == review.current_draft_id]
    steps = []
    for step in review.policy.steps.all():
        judged = [one for one in counting if one.step == step.position]
        steps.append(
            CourseStep(
                step=step,
                wanted=step.wanted(review.second_opinion),
                judged=sum(one.kind == Feedback.Kind.REVIEW for one in judged),
                state=state_of(review, step, bool(judged)),
                disputed=review.is_open and review.disputed and review.step == step.position,
                verdicts=[verdict for verdict in current if verdict.feedback.step == step.position],
            )
        )
    return Course(steps, [verdict for verdict in seen if verdict.text_id != review.current_draft_id])


def counts(review: Review, feedback: Feedback) -> bool:
    """Whether a verdict is on the text as it stands; a correction that somebody else must confirm is no vote."""
    if feedback.undone_at is not None:
        return False
    if review.policy.confirm_corrections and feedback.was_corrected:
        return False
    return (feedback.approved_draft_id or feedback.draft_id) == review.current_draft_id


def state_of(review: Review, step: PolicyStep, judged: bool) -> str:
    if not review.is_open:
        return "done" if judged else "skipped"
    if step.position == review.step:
        return "current"
    return "done" if step.position < review.step else "todo"
