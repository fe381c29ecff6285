"""Live summaries: a sample of what the gateway answers, judged, and compared with training.

Scores, counts and hashes are kept; texts only where the operator lets them be, and for as long.
"""
