"""Reads that span all apps: what there is to do for an agent, and everything it needs to know for it."""
