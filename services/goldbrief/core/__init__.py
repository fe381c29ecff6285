"""Domain types, states, errors and settings shared by every room.

Imports the standard library and pydantic only; does no I/O.
"""
