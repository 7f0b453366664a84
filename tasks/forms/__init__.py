"""What people type about the work."""
