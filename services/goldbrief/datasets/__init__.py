"""Articles in, dataset versions out.

Imports parse, normalise and deduplicate files; dataset versions are curated from
the accepted candidates of a synthesis, split without leaks, and never change.
"""
