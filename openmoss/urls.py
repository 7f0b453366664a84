"""Every address: the console's here and in each app's `urls.py`, the agent API's in `openmoss.router`."""

from django.contrib import admin
from django.urls import include, path

from openmoss.views import metrics
from openmoss.views.addresses import home
from openmoss.views.coming import coming
from openmoss.views.theme import theme

urlpatterns = [
    path("", home, name="home"),
    path("setup", coming, name="setup"),
    path("login", coming, name="login"),
    path("logout", coming, name="logout"),
    path("theme", theme, name="theme"),
    path("dashboard", coming, name="dashboard"),
    path("search", coming, name="search"),
    path("settings", coming, name="settings"),
    path("settings/password", coming, name="change-password"),
    path("", include("agents.urls")),
    path("", include("tasks.urls")),
    path("", include("scoring.urls")),
    path("", include("reviews.urls")),
    path("", include("patrol.urls")),
    path("", include("notifications.urls")),
    # Pages that show more than one app knows.
    path("tasks/<str:id>", coming, name="task"),
    path("sub-tasks/<str:id>", coming, name="sub-task"),
    path("agents", coming, name="agents"),
    path("agents/<str:id>", coming, name="agent"),
    path("agents/<str:id>/retire", coming, name="retire-agent"),
    path("metrics", metrics.show, name="metrics"),
    path("admin/", admin.site.urls),
    path("api/", include("openmoss.router")),
]

handler400 = "openmoss.views.addresses.bad_request"
handler404 = "openmoss.views.addresses.not_found"
handler500 = "openmoss.views.addresses.server_error"
