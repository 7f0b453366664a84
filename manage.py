#!/usr/bin/env python
"""Run an operator's command: `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openmoss.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed for this Python. ./start.sh installs it and starts the server.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
