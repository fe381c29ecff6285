"""People's ratings of what systems wrote: blind pairs, who rates them, and what came of it.

A review set is made from a finished evaluation. Each of its pairs, two systems' summaries of one
article, goes to several reviewers, each in an order and with sides of the reviewer's own. Ratings
are never overwritten: every change is kept, and one that starts from an older state is refused.
"""
