"""Transcripts of earnings calls, invented, as vendors lay them out; and goldens as terse as wires.

`labelled.txt` has speakers on lines of their own, `inline.txt` before what they say, and
`plain.txt` none, a sentence a line.
"""

from pathlib import Path

from goldbrief.core.documents import Golden

TERSE = (
    """\
## Key Takeaways

- Second-quarter revenue rose 6% to $214 million.
- Adjusted earnings were $0.52 per share, up from $0.47 a year earlier.
- The company expects full-year revenue of $860 million to $880 million.""",
    """\
## Key Takeaways

- Third-quarter net sales fell 3% to $1.31 billion.
- Net income was $88 million, compared with $102 million a year earlier.
- Gross margin narrowed 90 basis points to 38.2%.
- The company lowered its full-year earnings guidance to $2.10 to $2.25 per share.""",
    """\
## Key Takeaways

- Fourth-quarter net interest income increased 11% to $412 million.
- Diluted earnings were $1.74 per share, compared with $1.52 a year earlier.
- The board raised the quarterly dividend to $0.35 per share.
- The bank expects loan growth of 4% to 6% in 2025.""",
)


def terse_goldens() -> tuple[Golden, ...]:
    return tuple(
        Golden(name=f"wire-{number}.md", persona="CEO", summary=summary)
        for number, summary in enumerate(TERSE, 1)
    )


def read_call(name: str) -> str:
    return (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
