from django.urls import path

from openmoss.views.coming import coming

urlpatterns = [
    path("patrol", coming, name="patrol"),
    path("patrol/scan", coming, name="scan"),
    path("patrol/<str:id>", coming, name="finding"),
    path("patrol/<str:id>/resolve", coming, name="resolve-finding"),
    path("patrol/<str:id>/ignore", coming, name="ignore-finding"),
    path("why", coming, name="why"),
]
