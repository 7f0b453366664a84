from rest_framework import serializers


class NotificationConfigSerializer(serializers.Serializer):
    """Where agents tell people what happened."""

    enabled = serializers.BooleanField()
    channels = serializers.ListField(child=serializers.CharField())
    events = serializers.ListField(child=serializers.CharField())
