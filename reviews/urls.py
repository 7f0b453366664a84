from django.urls import path

from reviews import views

urlpatterns = [
    path("reviews", views.reviews, name="reviews"),
    path("reviews/<str:id>", views.review, name="review"),
    path("sub-tasks/<str:id>/review", views.judge, name="review-sub-task"),
    path("scores", views.scores, name="scores"),
]
