from typing import Any

from django.urls import path

from review.api.datasets import DatasetFiles, Datasets
from review.api.reasons import ReasonCodes
from review.api.reviews import Reviews

LIST: dict[str, Any] = {"get": "list"}
ONE: dict[str, Any] = {"get": "retrieve"}

urlpatterns = [
    path("reason-codes/", ReasonCodes.as_view(LIST), name="api-reason-codes"),
    path("drafts/<int:draft>/reviews/", Reviews.as_view({"post": "submit"}), name="api-draft-reviews"),
    path("reviews/", Reviews.as_view(LIST), name="api-reviews"),
    path("reviews/next/", Reviews.as_view({"post": "next"}), name="api-review-next"),
    path("reviews/<int:pk>/", Reviews.as_view(ONE), name="api-review"),
    *(
        path(f"reviews/<int:pk>/{act.replace('_', '-')}/", Reviews.as_view({"post": act}), name=f"api-review-{act}")
        for act in ("claim", "renew", "release", "withdraw", "approve", "request_changes", "reject")
    ),
    path("datasets/", Datasets.as_view(LIST | {"post": "create"}), name="api-datasets"),
    path("datasets/<int:pk>/", Datasets.as_view(ONE), name="api-dataset"),
    path("datasets/<int:pk>/cancel/", Datasets.as_view({"post": "cancel"}), name="api-dataset-cancel"),
    path("datasets/<int:pk>/retry/", Datasets.as_view({"post": "retry"}), name="api-dataset-retry"),
    path("datasets/<int:pk>/files/<str:name>", DatasetFiles.as_view(), name="api-dataset-file"),
]
