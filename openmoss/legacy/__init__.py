"""Bringing over what an earlier OpenMOSS holds: its database, its `config.yaml` and its prompts."""
