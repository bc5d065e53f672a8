from django.urls import path

from aigc_portal.accounts.views import language, people, teams, tokens

app_name = "accounts"
urlpatterns = [
    path("language/", language.language, name="language"),
    path("people/<int:pk>/", people.person, name="user"),
    path("teams/", teams.teams, name="teams"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/people/<int:user_pk>/grant/", teams.grant, name="grant-role"),
    path("teams/<int:pk>/people/<int:user_pk>/revoke/", teams.revoke, name="revoke-role"),
    path("teams/<int:pk>/people/<int:user_pk>/password-link/", teams.password_link, name="password-link"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<str:key>/revoke/", tokens.revoke, name="revoke-token"),
]
