"""Compares systems on the same held-out articles, and writes the report.

Each system summarizes each article, every summary is judged and measured, and the
means, their intervals and the paired differences become one self-contained HTML page.
"""
