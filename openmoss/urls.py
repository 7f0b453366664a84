from django.contrib import admin
from django.urls import include, path

from openmoss.views import metrics
from openmoss.views.addresses import home

urlpatterns = [
    path("", home, name="home"),
    path("metrics", metrics.show, name="metrics"),
    path("admin/", admin.site.urls),
    path("api/", include("openmoss.router")),
]

handler400 = "openmoss.views.addresses.bad_request"
handler404 = "openmoss.views.addresses.not_found"
handler500 = "openmoss.views.addresses.server_error"
