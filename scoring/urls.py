from django.urls import path

from openmoss.views.coming import coming

urlpatterns = [
    path("scores", coming, name="scores"),
    path("scores/log", coming, name="score-log"),
    path("agents/<str:id>/adjust", coming, name="adjust-score"),
]
