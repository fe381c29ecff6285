"""`python -m goldbrief.cli` is the `goldbrief` command."""

from goldbrief.cli import main

main()
