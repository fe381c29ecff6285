"""Pure text: normalization, sentences, sections, figures, names, style, selection, prompts.

Every function is deterministic, does no I/O and calls no model, so that curation,
training, evaluation and the gateway see exactly the same text.
"""
