"""What a process tells of itself, in Prometheus's format."""
