from django.apps import AppConfig


class OpenMOSSConfig(AppConfig):
    name = "openmoss"
    verbose_name = "OpenMOSS"

    def ready(self) -> None:
        from openmoss import checks  # noqa: F401
