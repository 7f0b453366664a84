from django.urls import path

from openmoss.views.coming import coming

urlpatterns = [
    path("reviews", coming, name="reviews"),
    path("reviews/<str:id>", coming, name="review"),
    path("sub-tasks/<str:id>/review", coming, name="review-sub-task"),
]
