"""What verdicts make, as a table: steps, then votes, then where the text stands."""

from __future__ import annotations

import pytest

from review.consensus import Asked, Decided, StepRule, Vote, consensus

A, C, R = "APPROVED", "CHANGES_REQUESTED", "REJECTED"
ONE = [StepRule(1, 1)]


def majority(reviewers: int) -> list[StepRule]:
    return [StepRule(1, reviewers)]


def unanimous(reviewers: int) -> list[StepRule]:
    return [StepRule(1, reviewers, unanimous=True)]


def votes(*verdicts: str, step: int = 1) -> list[Vote]:
    return [Vote(step, verdict) for verdict in verdicts]


def adjudicated(verdict: str, step: int = 1) -> Vote:
    return Vote(step, verdict, adjudicates=True)


@pytest.mark.parametrize(("reviewers", "all_agree", "needed"), [
    (1, False, 1), (2, False, 2), (3, False, 2), (4, False, 3), (5, False, 3), (1, True, 1), (4, True, 4),
])  # fmt: skip
def test_equal_verdicts_that_settle_a_step(reviewers: int, all_agree: bool, needed: int) -> None:
    assert StepRule(1, reviewers, all_agree).needed == needed


CASES: list[tuple[str, list[StepRule], list[Vote], Asked | Decided]] = [
    ("nobody has judged", ONE, [], Asked(1)),
    ("one approves", ONE, votes(A), Decided(A)),
    ("one asks for changes", ONE, votes(C), Decided(C)),
    ("one rejects", ONE, votes(R), Decided(R)),
    ("majority of two, one approves", majority(2), votes(A), Asked(1)),
    ("majority of two agrees", majority(2), votes(A, A), Decided(A)),
    ("majority of two disagrees", majority(2), votes(A, R), Asked(1, disputed=True)),
    ("majority of three, two agree: the third is not asked", majority(3), votes(A, A), Decided(A)),
    ("majority of three is open", majority(3), votes(A, R), Asked(1)),
    ("majority of three is found", majority(3), votes(A, R, R), Decided(R)),
    ("majority of three, all differ", majority(3), votes(A, C, R), Asked(1, disputed=True)),
    ("majority of four needs three", majority(4), votes(A, A), Asked(1)),
    ("majority of four, two against two", majority(4), votes(A, R, A, R), Asked(1, disputed=True)),
    ("majority of four, three against one", majority(4), votes(A, R, A, A), Decided(A)),
    ("majority of four cannot be reached any more", majority(4), votes(A, C, R), Asked(1, disputed=True)),
    ("majority of five needs three", majority(5), votes(R, A, R), Asked(1)),
    ("majority of five is found", majority(5), votes(R, A, R, A, R), Decided(R)),
    ("majority of five, no three agree", majority(5), votes(A, A, R, R, C), Asked(1, disputed=True)),
    ("majority of five cannot be reached any more", majority(5), votes(A, R, C, C, A), Asked(1, disputed=True)),
    ("all of two agree to reject", unanimous(2), votes(R, R), Decided(R)),
    ("all must agree and one does not", unanimous(3), votes(A, R), Asked(1, disputed=True)),
    ("all must agree, and two refusals differ", unanimous(3), votes(C, R), Asked(1, disputed=True)),
    ("all must agree and one is missing", unanimous(3), votes(A, A), Asked(1)),
    ("all of five agree", unanimous(5), votes(A, A, A, A, A), Decided(A)),
    ("an adjudicator approves against the majority", majority(3), [*votes(R, C, A), adjudicated(A)], Decided(A)),
    ("an adjudicator rejects", unanimous(2), [*votes(A, C), adjudicated(R)], Decided(R)),
]


@pytest.mark.parametrize(("case", "steps", "cast", "stands"), CASES, ids=[case[0] for case in CASES])
def test_one_step(case: str, steps: list[StepRule], cast: list[Vote], stands: Asked | Decided) -> None:
    assert consensus(steps, cast) == stands


@pytest.mark.parametrize(("case", "steps", "cast", "stands"), CASES, ids=[case[0] for case in CASES])
def test_the_order_of_verdicts_does_not_matter(
    case: str, steps: list[StepRule], cast: list[Vote], stands: Asked | Decided
) -> None:
    assert consensus(steps, reversed(cast)) == stands


EDITORS_THEN_LEGAL = [StepRule(1, 2, unanimous=True), StepRule(2, 1)]


@pytest.mark.parametrize(
    ("cast", "stands"),
    [
        ([], Asked(1)),
        (votes(A), Asked(1)),
        (votes(A, A), Asked(2)),
        (votes(R, R), Decided(R)),
        ([*votes(A, A), *votes(A, step=2)], Decided(A)),
        ([*votes(A, A), *votes(C, step=2)], Decided(C)),
        (votes(A, C), Asked(1, disputed=True)),
        ([*votes(A, C), adjudicated(A)], Asked(2)),
        ([*votes(A, C), adjudicated(C)], Decided(C)),
        ([*votes(A, C), adjudicated(A), *votes(A, step=2)], Decided(A)),
        # A verdict at a later step decides nothing while an earlier one has not approved.
        (votes(A, step=2), Asked(1)),
        (votes(R, step=2), Asked(1)),
    ],
)
def test_each_step_approves_before_the_next_is_asked(cast: list[Vote], stands: Asked | Decided) -> None:
    assert consensus(EDITORS_THEN_LEGAL, cast) == stands


def test_a_dispute_at_the_second_step_stays_there() -> None:
    steps = [StepRule(1, 1), StepRule(2, 2)]
    assert consensus(steps, [*votes(A), *votes(A, R, step=2)]) == Asked(2, disputed=True)
    assert consensus(steps, [*votes(A), *votes(A, R, step=2), adjudicated(A, 2)]) == Decided(A)


@pytest.mark.parametrize(
    ("cast", "stands"),
    [(votes(A), Asked(1)), (votes(A, A), Decided(A)), (votes(A, R), Asked(1, disputed=True))],
)
def test_a_second_opinion_is_one_reviewer_more(cast: list[Vote], stands: Asked | Decided) -> None:
    """A step of one reviewer becomes one of two, who have to agree."""
    assert consensus(majority(1 + 1), cast) == stands


def test_a_second_opinion_on_two_makes_a_majority_of_three() -> None:
    assert consensus(majority(2 + 1), votes(A, R)) == Asked(1)
    assert consensus(majority(2 + 1), votes(A, R, A)) == Decided(A)


def test_verdicts_on_an_earlier_text_are_not_given_in() -> None:
    """A correction leaves only its corrector's approval: the step wants the others anew."""
    assert consensus(majority(3), votes(A)) == Asked(1)
    assert consensus(EDITORS_THEN_LEGAL, votes(A, step=2)) == Asked(1)
