from django.urls import path

from notifications import views

urlpatterns = [
    path("notifications", views.show, name="notifications"),
    path("notifications/deliveries", views.deliveries, name="deliveries"),
    path("notifications/deliveries/<str:id>/send-again", views.send_again, name="send-again"),
    path("notifications/channels/new", views.new_channel, name="new-channel"),
    path("notifications/channels/<str:id>/edit", views.edit_channel, name="edit-channel"),
    path("notifications/channels/<str:id>/remove", views.remove_channel, name="remove-channel"),
    path("notifications/channels/<str:id>/rotate-secret", views.rotate_secret, name="rotate-secret"),
    path("notifications/channels/<str:id>/test", views.test_channel, name="test-channel"),
]
