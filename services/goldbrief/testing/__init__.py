"""Fakes and fixtures, shipped so that users can test what they build on Goldbrief."""
