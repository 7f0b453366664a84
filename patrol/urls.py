from django.urls import path

from patrol import views

urlpatterns = [
    path("patrol", views.findings, name="patrol"),
    path("patrol/scan", views.scan, name="scan"),
    path("patrol/<str:id>", views.finding, name="finding"),
    path("patrol/<str:id>/resolve", views.resolve, name="resolve-finding"),
    path("patrol/<str:id>/ignore", views.ignore, name="ignore-finding"),
    path("why", views.why, name="why"),
]
