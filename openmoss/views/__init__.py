"""What belongs to no single app: waking up, health, the front door."""
