"""The base of every API view."""

from functools import partial

from rest_framework.viewsets import ViewSet

from openmoss.api.idempotency import once


class ApiViewSet(ViewSet):
    """A set of calls; `access` names for each action the roles that may make it."""

    access: dict[str, frozenset[str]] = {}

    def initial(self, request, *args, **kwargs) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key", "")
        if key and request.method == "POST" and request.user is not None:
            # DRF looks the handler up after this call, so the wrapped one is what runs.
            self.post = partial(self._once, self.post, key)

    def _once(self, handler, key, request, *args, **kwargs):
        return once(handler, request, key, *args, **kwargs)

    def read(self, serializer_class) -> dict:
        """Return the validated body of the request."""
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data
