from typing import Any

from django.urls import path

from review.api.comments import Comments
from review.api.datasets import DatasetFiles, Datasets
from review.api.gold import GoldItems
from review.api.groups import ReviewGroups
from review.api.policies import ReviewPolicies
from review.api.reasons import ReasonCodes
from review.api.reviews import Reviews
from review.api.triage import Triage

LIST: dict[str, Any] = {"get": "list"}
ONE: dict[str, Any] = {"get": "retrieve"}

urlpatterns = [
    path("reason-codes/", ReasonCodes.as_view(LIST), name="api-reason-codes"),
    path("drafts/<int:draft>/reviews/", Reviews.as_view({"post": "submit"}), name="api-draft-reviews"),
    path("reviews/", Reviews.as_view(LIST), name="api-reviews"),
    path("reviews/next/", Reviews.as_view({"post": "next"}), name="api-review-next"),
    path("reviews/bulk/", Triage.as_view({"post": "bulk"}), name="api-reviews-bulk"),
    path("reviews/<int:pk>/take-away/", Triage.as_view({"post": "take_away"}), name="api-review-take_away"),
    path("reviews/<int:pk>/", Reviews.as_view(ONE | {"patch": "partial_update"}), name="api-review"),
    *(
        path(f"reviews/<int:pk>/{act.replace('_', '-')}/", Reviews.as_view({"post": act}), name=f"api-review-{act}")
        for act in ("claim", "renew", "release", "withdraw", "approve", "request_changes", "reject", "undo")
    ),
    path("reviews/<int:pk>/comments/", Comments.as_view(LIST | {"post": "create"}), name="api-review-comments"),
    path("comments/<int:pk>/resolve/", Comments.as_view({"post": "resolve"}), name="api-comment-resolve"),
    path("comments/<int:pk>/reopen/", Comments.as_view({"post": "reopen"}), name="api-comment-reopen"),
    path("review-policies/", ReviewPolicies.as_view(LIST | {"post": "create"}), name="api-review-policies"),
    path("review-policies/<int:pk>/", ReviewPolicies.as_view(ONE), name="api-review-policy"),
    path("review-groups/", ReviewGroups.as_view(LIST | {"post": "create"}), name="api-review-groups"),
    path(
        "review-groups/<int:pk>/",
        ReviewGroups.as_view(ONE | {"patch": "partial_update", "delete": "destroy"}),
        name="api-review-group",
    ),
    path("gold-items/", GoldItems.as_view(LIST | {"post": "create"}), name="api-gold-items"),
    path("gold-items/<int:pk>/", GoldItems.as_view(ONE), name="api-gold-item"),
    path("gold-items/<int:pk>/retire/", GoldItems.as_view({"post": "retire"}), name="api-gold-item-retire"),
    path("datasets/", Datasets.as_view(LIST | {"post": "create"}), name="api-datasets"),
    path("datasets/<int:pk>/", Datasets.as_view(ONE), name="api-dataset"),
    path("datasets/<int:pk>/cancel/", Datasets.as_view({"post": "cancel"}), name="api-dataset-cancel"),
    path("datasets/<int:pk>/retry/", Datasets.as_view({"post": "retry"}), name="api-dataset-retry"),
    path("datasets/<int:pk>/files/<str:name>", DatasetFiles.as_view(), name="api-dataset-file"),
]
