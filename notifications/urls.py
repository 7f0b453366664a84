from django.urls import path

from openmoss.views.coming import coming

urlpatterns = [
    path("notifications", coming, name="notifications"),
    path("notifications/deliveries", coming, name="deliveries"),
    path("notifications/deliveries/<str:id>/send-again", coming, name="send-again"),
    path("notifications/channels/new", coming, name="new-channel"),
    path("notifications/channels/<str:id>/edit", coming, name="edit-channel"),
    path("notifications/channels/<str:id>/remove", coming, name="remove-channel"),
    path("notifications/channels/<str:id>/rotate-secret", coming, name="rotate-secret"),
    path("notifications/channels/<str:id>/test", coming, name="test-channel"),
]
