"""Readers of PDF, HTML and DOCX; they run in the limited process of `datasets.extractor`."""
