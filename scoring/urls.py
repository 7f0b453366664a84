from django.urls import path

from scoring import views

urlpatterns = [
    path("scores/log", views.log, name="score-log"),
    path("agents/<str:id>/adjust", views.adjust, name="adjust-score"),
]
