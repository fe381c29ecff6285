"""Fine-tuning runs: launches training processes, follows them, registers what they make."""
