"""Business articles whose truth is known: facts first, then the text that carries them.

`simulate` draws a world from a seed, writes an article and its reference summaries from
it, and says of every figure where it stands and which fact it belongs to. Words and
phrases live in `lexicon/*.yaml`; half of them are reserved for the final measurement.
"""
