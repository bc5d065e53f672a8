"""Included by review.urls, in its namespace, under reviews/settings/."""

from django.urls import path

from review.views.settings import gold, groups, policies, reasons, teams

urlpatterns = [
    path("", teams.settings, name="settings"),
    path("<int:team>/policy/", policies.policy, name="settings-policy"),
    path("<int:team>/policy/new/", policies.new_policy, name="new-policy"),
    path("policies/<int:pk>/", policies.version, name="reviewpolicy"),
    path("<int:team>/groups/", groups.groups, name="settings-groups"),
    path("groups/<int:pk>/", groups.group, name="reviewgroup"),
    path("groups/<int:pk>/rename/", groups.rename, name="rename-group"),
    path("groups/<int:pk>/add/", groups.add_member, name="add-group-member"),
    path("groups/<int:pk>/remove/", groups.remove_member, name="remove-group-member"),
    path("groups/<int:pk>/delete/", groups.delete, name="delete-group"),
    path("<int:team>/reasons/", reasons.reasons, name="settings-reasons"),
    path("reasons/<int:pk>/", reasons.reason, name="reasoncode"),
    path("reasons/<int:pk>/up/", reasons.move_up, name="move-reason-up"),
    path("reasons/<int:pk>/down/", reasons.move_down, name="move-reason-down"),
    path("reasons/<int:pk>/retire/", reasons.retire, name="retire-reason"),
    path("reasons/<int:pk>/bring-back/", reasons.bring_back, name="bring-back-reason"),
    path("<int:team>/known-answers/", gold.gold_items, name="settings-gold"),
    path("known-answers/<int:pk>/", gold.gold_item, name="golditem"),
    path("known-answers/<int:pk>/retire/", gold.retire, name="retire-gold"),
]
