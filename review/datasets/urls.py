"""Included by review.urls, in its namespace."""

from django.urls import path

from review.datasets.views import downloads, exports

urlpatterns = [
    path("", exports.exports, name="datasetexports"),
    path("new/", exports.new_export, name="new-datasetexport"),
    path("<int:pk>/", exports.export, name="datasetexport"),
    path("<int:pk>/cancel/", exports.cancel, name="cancel-datasetexport"),
    path("<int:pk>/retry/", exports.retry, name="retry-datasetexport"),
    path("<int:pk>/files/<str:name>", downloads.download_file, name="download-datasetexport"),
]
