"""Included by review.urls, in its namespace."""

from django.urls import path

from review.quality import views

urlpatterns = [path("", views.quality, name="quality")]
