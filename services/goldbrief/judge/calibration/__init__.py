"""What a judge's scores are worth: against people's ratings, and against planted faults."""
