from django.urls import include, path

from review.views import claims, decisions, desk, queue, submission

app_name = "review"
urlpatterns = [
    path("drafts/<int:pk>/submit/", submission.submit, name="submit"),
    path("datasets/", include("review.datasets.urls")),
    path("reviews/", queue.reviews, name="reviews"),
    path("reviews/next/", queue.take_next, name="next"),
    path("reviews/<int:pk>/", desk.review, name="review"),
    path("reviews/<int:pk>/correction/", desk.correction, name="correction"),
    path("reviews/<int:pk>/withdraw/", submission.withdraw_from_review, name="withdraw"),
    path("reviews/<int:pk>/claim/", claims.claim_review, name="claim"),
    path("reviews/<int:pk>/release/", claims.release_review, name="release"),
    path("reviews/<int:pk>/renew/", claims.renew_claim, name="renew"),
    path("reviews/<int:pk>/approve/", decisions.approve_draft, name="approve"),
    path("reviews/<int:pk>/request-changes/", decisions.ask_for_changes, name="request-changes"),
    path("reviews/<int:pk>/reject/", decisions.reject_draft, name="reject"),
]
