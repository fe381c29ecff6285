"""Writes candidate summaries with a teacher, and settles their fate by the judge's verdict."""
