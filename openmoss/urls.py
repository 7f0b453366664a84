"""Every address: the console's here and in each app's `urls.py`, the agent API's in `openmoss.router`."""

from django.contrib import admin
from django.urls import include, path

from openmoss.views import agents, login, metrics, search, settings, setup
from openmoss.views.addresses import home
from openmoss.views.dashboard import dashboard
from openmoss.views.feed import feed
from openmoss.views.strip import strip
from openmoss.views.sub_task import sub_task
from openmoss.views.task import task
from openmoss.views.theme import theme

urlpatterns = [
    path("", home, name="home"),
    path("setup", setup.setup, name="setup"),
    path("login", login.login, name="login"),
    path("logout", login.logout, name="logout"),
    path("theme", theme, name="theme"),
    path("strip", strip, name="strip"),
    path("dashboard", dashboard, name="dashboard"),
    path("search", search.show, name="search"),
    path("settings", settings.settings, name="settings"),
    path("settings/password", login.change_password, name="change-password"),
    path("settings/registration-token", settings.renew_registration_token, name="renew-registration-token"),
    path("settings/metrics-token", settings.renew_metrics_token, name="renew-metrics-token"),
    path("settings/metrics-token/close", settings.close_metrics, name="close-metrics"),
    path("", include("agents.urls")),
    path("", include("tasks.urls")),
    path("", include("scoring.urls")),
    path("", include("reviews.urls")),
    path("", include("patrol.urls")),
    path("", include("notifications.urls")),
    # Pages that show more than one app knows.
    path("tasks/<str:id>", task, name="task"),
    path("sub-tasks/<str:id>", sub_task, name="sub-task"),
    path("agents", agents.agents, name="agents"),
    path("agents/<str:id>", agents.agent, name="agent"),
    path("agents/<str:id>/edit", agents.edit_agent, name="edit-agent"),
    path("agents/<str:id>/disable", agents.disable_agent, name="disable-agent"),
    path("agents/<str:id>/retire", agents.retire_agent, name="retire-agent"),
    path("feed", feed, name="feed"),
    path("metrics", metrics.show, name="metrics"),
    path("admin/login/", login.admin_login),
    path("admin/", admin.site.urls),
    path("api/", include("openmoss.router")),
]

handler400 = "openmoss.views.addresses.bad_request"
handler404 = "openmoss.views.addresses.not_found"
handler500 = "openmoss.views.addresses.server_error"
