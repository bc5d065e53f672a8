"""Included by review.urls, in its namespace."""

from django.urls import path

from review.numbers import views

urlpatterns = [path("", views.numbers, name="numbers")]
