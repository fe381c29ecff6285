"""The web console: people rate summaries, leads look after them, operators after the whole.

Pages are made on the server and work without scripts, except for what only a script can do:
drafts that save themselves, a summary that appears while it is written. It knows the services by
the SDK alone, and decides who may do what: reviewer, lead or operator.
"""
