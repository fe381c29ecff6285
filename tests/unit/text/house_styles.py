"""Goldens of a house with sections, forms and manners of its own."""

from goldbrief.core.documents import Golden

PODCAST = """\
## What happened
- **Revenue**: Subscriptions grow 14 percent to 3.2M dollars
- **Churn**: Monthly churn eases to 2.1 percent

## Risks
Two sponsors renew only in May. A third has given notice, and it pays 0.4M dollars a year.

## What to do
Ask both sponsors for two-year terms. Hire a second seller before the autumn."""

RADIO = """\
## What happened
- **Revenue**: Advertising falls 3 percent to 5.7M dollars
- **Costs**: Music rights rise to 1.9M dollars
- **Listeners**: The morning show gains 41,000 listeners

## Risks
The licence ends in 2027. Its renewal depends on a hearing in March.

## What to do
Prepare the hearing with outside counsel. Cap music rights at 2.0M dollars."""

PRESS = """\
## What happened
- **Print**: Copies drop 8 percent to 61,000 a day
- **Online**: Paid readers climb to 118,000

## Risks
Paper is bought at spot prices. A rise of 10 percent costs 0.7M dollars.

## What to do
Fix the paper price for a year. Close the second press by June."""


def media_goldens() -> list[Golden]:
    texts = {"podcast.md": PODCAST, "radio.md": RADIO, "press.md": PRESS}
    return [Golden(name=name, persona="CEO", summary=text) for name, text in texts.items()]
