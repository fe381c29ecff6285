"""Handmade articles, goldens and styles for the tests of `goldbrief.text`."""

from goldbrief.core.documents import Golden, PromptFormat, SectionStyle, StyleContract

ARTICLES = (
    """\
HARBORLINE FREIGHT REPORTS THIRD QUARTER RESULTS
Harborline Freight Inc. said on October 24, 2023 that third-quarter revenue rose 8.4% to \
$1,234.5 million from $1,138.8 million a year earlier. Net income was $96.2 million, or \
$1.87 per diluted share, compared with $81.9 million, or $1.58 per share. The U.S. segment \
carried 412,600 containers, up 6%. Fuel costs fell by 130 basis points as a share of \
revenue.
Chief Executive Maria Okafor expects full-year revenue of $4.7 billion to $4.9 billion. \
The company plans to close 14 depots by the end of 2024 and to save about $38 million a \
year. Capital spending will be $215 million. Debt stood at 2.3 times earnings.
This release contains forward-looking statements, and actual results could differ \
materially.""",
    """\
VERDANT DAIRY RAISES PRICES
Verdant Dairy Cooperative raised its milk price to 47.25 cents a litre for its 8,930 \
farmers. The co-operative sold €2.86 billion of cheese and powder in fiscal 2022, a gain \
of 11.7 percent. Exports to Japan grew 23.5% while sales in Brazil declined (4.1)%. \
Chairman Pieter Vos said the board would ask members to approve a dividend of €61.4 \
million. Energy costs more than doubled to €188 million. The co-operative employs 5,275 \
people at 27 plants and wants to cut emissions by 32.5% before 2030. Two plants in \
Groningen will be merged, which affects 340 jobs.""",
    """\
NORTHGATE BANK REPORTS FIRST HALF
Northgate Bank Corp. earned £742 million before tax in the first half, down from £803 \
million. Its net interest margin narrowed 17 basis points to 2.94%. Loan losses rose to \
£129.6 million, of which £58.3 million came from commercial property. The bank holds £91.4 \
billion of deposits and serves 3.6 million customers through 418 branches. Analysts at \
Crestway had expected a profit of £765 million. Northgate will buy back £350 million of \
shares and cut 1,150 posts by June 30, 2025. Its core capital ratio was 13.85%, against a \
target of 13% to 14%.""",
)

STYLE = StyleContract(
    sections=(
        SectionStyle(
            name="overview", heading="Overview", form="prose",
            min_items=1, max_items=3, min_words=10, max_words=60,
        ),
        SectionStyle(
            name="takeaways", heading="Key Takeaways", form="bullets",
            min_items=2, max_items=4, min_words=10, max_words=80,
        ),
        SectionStyle(
            name="actions", heading="Action Items for the {persona}", form="bullets",
            min_items=1, max_items=3, min_words=5, max_words=60,
        ),
    ),
    personas=("CFO",),
    min_words=30,
    max_words=120,
    figures_per_100_words=3.0,
)  # fmt: skip

SUMMARY = """## Overview

Harborline grew third-quarter revenue 8.4% to $1.2 billion. Profit rose faster than sales.

## Key Takeaways

- Net income reached $96.2 million, or $1.87 a share.
- Fuel costs fell 130 basis points as a share of revenue.

## Action Items for the CFO

- Track the $38 million that the depot closures should save.
- Hold capital spending at $215 million."""


def prompt_format(strategy="select", wrap="plain", article_tokens=200, template="brief-1"):
    return PromptFormat(
        template=template, strategy=strategy, article_tokens=article_tokens, wrap=wrap,
        style=STYLE, max_new_tokens=300,
    )  # fmt: skip


def golden(name="one.md", persona="CFO", summary=SUMMARY):
    return Golden(name=name, persona=persona, summary=summary)
