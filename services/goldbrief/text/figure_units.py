"""Currencies, scales and units: how they are written, and what they mean."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

EXACT_UNITS = frozenset({"year", "quarter", "date", "ordinal"})
"""What says when or which, and is never rounded."""
SCALES = {
    **dict.fromkeys(["k", "thousand", "thousands", "000"], Decimal(10**3)),
    **dict.fromkeys(["m", "mm", "mn", "mln", "mio", "million", "millions"], Decimal(10**6)),
    **dict.fromkeys(["b", "bn", "bln", "mrd", "billion", "billions"], Decimal(10**9)),
    **dict.fromkeys(["t", "tn", "trn", "trillion", "trillions"], Decimal(10**12)),
    "hundred": Decimal(100),
    "dozen": Decimal(12),
    **dict.fromkeys(["lakh", "lakhs", "lac", "lacs"], Decimal(10**5)),
    **dict.fromkeys(["cr", "crs", "crore", "crores"], Decimal(10**7)),
    "thousand million": Decimal(10**9),
    "lakh crore": Decimal(10**12),
}
_DOLLARS = {
    "USD": ["", "US", "U.S."],
    "CAD": ["C", "CA", "CAD", "CAN", "CDN"],
    "AUD": ["A", "AU", "AUD", "AUS"],
    "NZD": ["NZ"],
    "SGD": ["S", "SG"],
    "HKD": ["HK"],
    "TWD": ["NT"],
    "BRL": ["R"],
    "MXN": ["MX"],
}
_CODES = [
    "USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "NZD", "SGD", "HKD", "TWD", "CNY", "INR",
    "SEK", "NOK", "DKK", "KRW", "BRL", "MXN", "ZAR", "PLN", "CZK", "HUF", "TRY", "ILS", "THB",
    "IDR", "MYR", "PHP", "AED", "SAR", "RUB",
]  # fmt: skip
CURRENCIES = {
    **{code: code for code in _CODES},
    **{f"{place}$": code for code, places in _DOLLARS.items() for place in places},
    "€": "EUR",
    **dict.fromkeys(["£", "STG"], "GBP"),
    **dict.fromkeys(["¥", "JP¥"], "JPY"),
    **dict.fromkeys(["CN¥", "RMB"], "CNY"),
    **dict.fromkeys(["₹", "RS", "RS."], "INR"),
    **dict.fromkeys(["SFR", "SFR.", "FR."], "CHF"),
    "₩": "KRW",
    "₺": "TRY",
    "₪": "ILS",
    "₽": "RUB",
}
"""By what stands before the number, in capitals."""
SYMBOLS = "$€£¥₹₩₺₪₽"
# The patterns are for text in small letters.
_PLACES = "|".join(
    sorted((re.escape(p).lower() for places in _DOLLARS.values() for p in places), key=len)[:0:-1]
)
CURRENCY_SYMBOL = rf"(?:\b(?:{_PLACES})\$|\b(?:cn|jp)¥|[{SYMBOLS}])"
_SMALL_CODES = "|".join(_CODES).lower()
CURRENCY_CODE = rf"(?:{_SMALL_CODES}|rmb|stg|rs\.?|sfr\.?|fr\.)"
BEHIND_CODE = "|".join(rf"(?<=\b{code})" for code in f"{_SMALL_CODES}|rmb|stg|rs|sfr".split("|"))
BEFORE_NUMBER = rf"(?:{CURRENCY_SYMBOL}|\b{CURRENCY_CODE}(?=\ ?[-−–(]?\d))"
"""A currency before its number; for a verbose pattern."""

_NAMES = (
    (r"(?:u\.?s\.?[-\ ])?dollars?", "USD"),
    (r"canadian\ dollars?", "CAD"),
    (r"australian\ dollars?", "AUD"),
    (r"new\ zealand\ dollars?", "NZD"),
    (r"singapore\ dollars?", "SGD"),
    (r"hong\ kong\ dollars?", "HKD"),
    (r"euros?", "EUR"),
    (r"pounds?(?:\ sterling)?|sterling", "GBP"),
    (r"(?:japanese\ )?yen", "JPY"),
    (r"(?:chinese\ )?(?:yuan|renminbi)", "CNY"),
    (r"(?:indian\ )?rupees?", "INR"),
    (r"(?:swiss\ )?francs?", "CHF"),
    (r"(?:swedish\ )?kron(?:or|a)", "SEK"),
    (r"norwegian\ kroner?", "NOK"),
    (r"danish\ kroner?", "DKK"),
    (r"(?:south\ )?korean\ won|(?:(?<=illion\ )|(?<=bn\ ))won", "KRW"),
    (r"(?:brazilian\ )?reais", "BRL"),
    (r"(?:mexican\ )?pesos?", "MXN"),
    (r"(?:south\ african\ )?rands?", "ZAR"),
    (r"(?:polish\ )?zlot(?:ys?|ies)", "PLN"),
    (r"dirhams?", "AED"),
    (r"(?:saudi\ )?riyals?", "SAR"),
    (r"ringgit", "MYR"),
    (r"(?:thai\ )?baht", "THB"),
    (r"rupiah", "IDR"),
    (r"(?:israeli\ )?shekels?", "ILS"),
    (r"(?:turkish\ )?liras?", "TRY"),
    (r"forints?", "HUF"),
    (r"(?:czech\ )?koruna", "CZK"),
    (r"rou?bles?", "RUB"),
)
_CENTS = (
    (r"[-\ ]euro[-\ ]?cents?|€[-\ ]?cents?", "EUR"),
    (r"[-\ ](?:u\.?s\.?\ )?cents?|¢|(?<=\d)c", "USD"),
    (r"[-\ ]australian\ cents?", "AUD"),
    (r"[-\ ]canadian\ cents?", "CAD"),
    (r"[-\ ]new\ zealand\ cents?", "NZD"),
    (r"[-\ ]singapore\ cents?", "SGD"),
    (r"[-\ ]hong\ kong\ cents?", "HKD"),
    (r"(?<=\d)p|[-\ ](?:pence|penny)", "GBP"),
    (r"[-\ ](?:centimes?|rappen)", "CHF"),
    (r"[-\ ]pais[ea]", "INR"),
    (r"[-\ ]öre", "SEK"),
    (r"[-\ ]øre", "NOK"),
)
_SPANS = (
    (r"years?|yrs?\.?", "years", 1),
    (r"months?|mos?\.?|mths?\.?", "months", 1),
    (r"weeks?|wks?\.?", "weeks", 1),
    (r"days?", "days", 1),
    (r"hours?|hrs?\.?|(?<=\d)h", "hours", 1),
    (r"minutes?|mins?\.?", "minutes", 1),
    (r"quarters?(?![-\ ](?:percentage[-\ ])?points?\b)", "quarters", 1),
    (r"decades?", "years", 10),
    (r"centur(?:y|ies)", "years", 100),
    (r"fortnights?", "weeks", 2),
)
_SPAN_KINDS = (
    "consecutive|negative|positive|weak|loss-making|profitable|full|calendar|business|additional"
    "|working|trading|straight|successive|further"
)
_NO_YEAR = r"(?:(?<!\b(?:19|20)\d\d)|(?!\ (?:year|quarter|month|week)\b))"
"""Before a unit of time: `the June 2025 quarter` is none of 2025 quarters."""
_UNIT_FORMS: tuple[tuple[str, str, str], ...] = (
    # written, unit, factor
    (
        r"\ ?%[-\ ]?(?:points?|pts?)\b|[-\ ]?(?:full\ )?percent(?:age)?[-\ ]points?\b"
        r"|\ (?:per\ cent|pct\.?)[-\ ](?:points?|pts?)\b|\ ?(?:pp|ppts?|pts)\b|\ p\.p\."
        r"|\ of\ an?\ (?:percentage\ )?point\b"
        r"|(?:-|(?<=[\d½¼¾])\ |(?<=half)\ |(?<=half\ a)\ |(?<=quarter)\ |(?<=of\ a)\ )"
        r"points?\b(?!\ of\b)|(?:(?<=\.\d)|(?<=\.\d\d))\ points?\b"
        r"|\ points?\b(?=\ (?:more|less|higher|lower|better|worse|wider|narrower|up|down"
        r"|ahead|above|below|to\ \d))",
        "points",
        "1",
    ),
    (r"[-\ ]?(?:bps?\b|b\.p\.)|[-\ ]basis[-\ ]points?\b", "bps", "1"),
    (
        r"\ ?%|[-\ ]?percent\b|[-\ ]per[-\ ]cent\b|\ ?(?:pct|pc)\b|\ p\.c\.",
        "percent",
        "1",
    ),
    (r"\ ?×|x\b|\ x\b(?!\ ?\d)|[-\ ]times\b|-?fold\b", "multiple", "1"),
    (r"\ (?:of\ its\ (?:own\ )?|(?!per\b)(?:[a-z]+\ ){0,2})shares\b", "shares", "1"),
    *((rf"(?:{form})(?!\w)", f"money:{code}", "0.01") for form, code in _CENTS),
    *((rf"[-\ ](?:{form})\b", f"money:{code}", "1") for form, code in _NAMES),
    (r"\ ?[€£¥₹](?!\ ?\d)|(?<=[mkb])\$(?!\d)", "money:", "1"),
    (rf"\ ?(?:{_SMALL_CODES})\b(?!\ ?\d)", "money:", "1"),
    *(
        (
            rf"\+?(?:{_NO_YEAR}[-\ ](?:(?:{_SPAN_KINDS})\ )?|(?<=\d)(?=yr|mo|mth|wk|h|min))"
            rf"(?:{form})(?!\w)",
            unit,
            str(factor),
        )
        for form, unit, factor in _SPANS
    ),
    (r"(?:st|nd|rd|th)\b", "ordinal", "1"),
)
UNIT = "|".join(form for form, _, _ in _UNIT_FORMS)
"""A unit behind a number, with the space between; for a verbose pattern."""
_UNITS = [
    (re.compile(form, re.VERBOSE), unit, Decimal(factor)) for form, unit, factor in _UNIT_FORMS
]
UNIT_PREFIXES = {
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
}
MEASURE = (
    r"(?:[GMk]Wh?|TWh|[GMk]Wp|[GMk]VA|[GT]J|kg|km|km²|ha|k?t|[MG]t|[kM]oz|[kM]?tpa|g/t|sq|m²|m³|mm"
    r"|cm|ml|ft|lbs?|oz|hp|kV|[kMG]?tCO2e?|[GTM]B|[GM]bps|bpd|[kM]?boe|bbl|TEU|dwt)\b"
)
"""Units that stand right behind their number, and are not part of a name."""


@lru_cache(maxsize=1 << 10)
def unit_behind(before: str, written: str, behind: str = "") -> tuple[str, Decimal]:
    """Unit and factor of a unit behind a number.

    Args:
        before: The letters before it, on which it may depend what it means.
        written: The unit, as a match of `UNIT` behind it.
        behind: The letters behind it, on which it may depend, too.

    Returns:
        The name in `Figure.unit`, and how many of it the written one is.
    """
    end = len(before) + len(written)
    for pattern, unit, factor in _UNITS:
        match = pattern.match(f"{before}{written}{behind}", len(before))
        if match and match.end() == end:
            code = CURRENCIES[written.strip().upper()] if unit == "money:" else ""
            return unit + code, factor
    raise AssertionError(f"no name for the unit {written!r}")
