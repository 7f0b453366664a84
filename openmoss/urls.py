from django.contrib import admin
from django.urls import include, path

from openmoss.views import home

urlpatterns = [
    path("", home, name="home"),
    path("admin/", admin.site.urls),
    path("api/", include("openmoss.router")),
]

handler400 = "openmoss.views.bad_request"
handler404 = "openmoss.views.not_found"
handler500 = "openmoss.views.server_error"
