"""What people type about agents and prompts."""
