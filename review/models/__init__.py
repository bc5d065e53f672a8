from review.datasets.models import DatasetExport
from review.models.comments import Comment
from review.models.feedback import Feedback, FeedbackReason
from review.models.gold import GoldItem
from review.models.policies import PolicyStep, ReviewGroup, ReviewPolicy
from review.models.reasons import ReasonCode
from review.models.reviews import CLAIM, Priority, Review, ReviewQuerySet
from review.models.saved_filters import SavedFilter
from review.models.search_entries import SearchEntry
from review.models.statuses import DECIDED, OPEN, ReviewStatus

__all__ = [
    "CLAIM",
    "DECIDED",
    "OPEN",
    "Comment",
    "DatasetExport",
    "Feedback",
    "FeedbackReason",
    "GoldItem",
    "PolicyStep",
    "Priority",
    "ReasonCode",
    "Review",
    "ReviewGroup",
    "ReviewPolicy",
    "ReviewQuerySet",
    "ReviewStatus",
    "SavedFilter",
    "SearchEntry",
]
