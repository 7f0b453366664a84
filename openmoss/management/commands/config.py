from pathlib import Path

from openmoss.commands import OperatorCommand
from openmoss.services.config import config, export_config, import_config


class Command(OperatorCommand):
    help = "Write the settings as a config.yaml, or take over those of one, once."

    def add_arguments(self, parser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="export|import")
        export = verbs.add_parser("export", help="Write the settings, tokens included.")
        export.add_argument("file", type=Path, nargs="?", help="A new file; left out: on the screen.")
        take = verbs.add_parser("import", help="Take over the settings of a file; they stay free to change.")
        take.add_argument("file", type=Path)

    def handle(self, *, verb: str, file: Path | None, **options) -> None:
        if verb == "import":
            changed, notes = import_config(file)
            for line in [f"Taken over: {', '.join(changed) or 'nothing new'}.", *notes]:
                self.stdout.write(line)
        elif file:
            export_config(file)
            self.stdout.write(f"{file} holds the settings, and the tokens too.")
        else:
            self.stdout.write(config(), ending="")
