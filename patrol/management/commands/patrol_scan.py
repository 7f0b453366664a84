import json as to_json
from dataclasses import asdict

from django.core.management.base import BaseCommand

from patrol.advice import steps
from patrol.models import Finding, Severity
from patrol.services import scan

MOST_SHOWN = 200


class Command(BaseCommand):
    help = "Look for what stands still, act on it as the settings say, and print what is open now."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object instead of sentences.")

    def handle(self, *, json: bool, **options) -> None:
        done = scan()
        # "critical" comes before "warning" in the alphabet, too.
        findings = list(Finding.objects.open().order_by("severity", "since")[:MOST_SHOWN])
        if json:
            self._print_json(done, findings)
            return
        self.stdout.write(f"{done or 'Nothing new'}; {done.open} open.")
        for finding in findings:
            mark = "CRITICAL" if finding.severity == Severity.CRITICAL else "warning "
            self.stdout.write(f"{mark} {finding.kind}: {finding.description} {finding.action_taken}".rstrip())
            self.stdout.write(f"         {'; '.join(steps(finding))}")
        if done.open > len(findings):
            self.stdout.write(f"… and {done.open - len(findings)} more.")

    def _print_json(self, done, findings: list[Finding]) -> None:
        rows = [
            {
                "id": str(finding.pk),
                "kind": finding.kind,
                "severity": finding.severity,
                "description": finding.description,
                "since": finding.since.isoformat(),
                "action_taken": finding.action_taken,
                "do": steps(finding),
            }
            for finding in findings
        ]
        self.stdout.write(to_json.dumps(asdict(done) | {"findings": rows}, ensure_ascii=False))
