from rest_framework import serializers

from openmoss.api.shapes import Shape


class NotificationConfigSerializer(Shape):
    """Where agents tell people what happened."""

    enabled = serializers.BooleanField()
    channels = serializers.ListField(child=serializers.CharField())
    events = serializers.ListField(child=serializers.CharField())
