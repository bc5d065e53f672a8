"""Files of a data set for the browser. By POST, because each download is an event."""

from __future__ import annotations

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_POST

from aigc_portal.accounts.access import get_visible, signed_in
from review.datasets.attachment import attachment
from review.datasets.downloads import download
from review.datasets.models import DatasetExport


@require_POST
def download_file(request: HttpRequest, pk: int, name: str) -> StreamingHttpResponse:
    user = signed_in(request)
    export = get_visible(DatasetExport.objects.all(), user, pk)
    return attachment(request, download(actor=user, export=export, name=name))
