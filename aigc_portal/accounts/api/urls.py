from django.urls import path

from aigc_portal.accounts.api.me import Me
from aigc_portal.accounts.api.tokens import Token, Tokens

urlpatterns = [
    path("me/", Me.as_view(), name="api-me"),
    path("tokens/", Tokens.as_view(), name="api-tokens"),
    path("tokens/<str:key>/", Token.as_view(), name="api-token"),
]
