"""The console: agents, prompts, the feed."""
