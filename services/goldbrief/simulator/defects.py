"""Plants labelled defects in reference summaries, to measure what judges and checks find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Literal, get_args

from goldbrief.simulator.composing import AnnotatedText, FigureMention
from goldbrief.simulator.lexicon import PERSONAS
from goldbrief.simulator.simulating import SimulatedArticle
from goldbrief.simulator.summaries import ReferenceSummary

DefectKind = Literal[
    "changed_digit", "scaled_by_ten", "wrong_unit", "wrong_period", "swapped_figures",
    "invented_figure", "dropped_fact", "contradiction", "wrong_direction", "repetition",
    "wrong_section", "wrong_persona", "vague_action",
]  # fmt: skip
DEFECT_KINDS: tuple[DefectKind, ...] = get_args(DefectKind)

_UNIT_SWAPS = (
    (" billion", " million"), (" million", " billion"), (" basis points", " percentage points"),
    (" percentage points", " basis points"), (" bps", "%"), ("bn", "m"), ("%", " basis points"),
)  # fmt: skip
_DIRECTIONS = (
    ("rose", "fell"), ("increased", "decreased"), ("grew", "shrank"), ("climbed", "declined"),
    ("advanced", "retreated"), ("went up", "went down"), ("higher", "lower"),
    ("more than", "less than"),
    ("jumped", "plunged"), ("edged up", "edged down"), ("expanded", "shrank"),
)  # fmt: skip
_VAGUE = (
    "Keep an eye on the situation.",
    "Look into the matter where appropriate.",
    "Continue to focus on performance.",
    "Consider taking suitable measures.",
    "Improve results going forward.",
    "Monitor developments closely.",
)
_INVENTED = (
    "The order book covers {} of next year's budget.",
    "Some {} of customers were surveyed and most were content.",
    "Energy use per unit fell by {} over the period.",
    "Management bonuses were cut by {}.",
)
_CONTRADICTIONS = {
    "up": (
        "{label} fell in the period.",
        "Compared with the year before, {label} declined.",
        "The period ended with lower {label} than a year earlier.",
        "Demand was weak, and {label} dropped.",
        "As in earlier periods, {label} shrank.",
        "{label} decreased, contrary to what had been expected.",
    ),
    "down": (
        "{label} rose in the period.",
        "Compared with the year before, {label} increased.",
        "The period ended with higher {label} than a year earlier.",
        "Demand was strong, and {label} grew.",
        "As in earlier periods, {label} climbed.",
        "{label} improved, contrary to what had been expected.",
    ),
}
"""What denies a result, by its true direction."""
_UNCHANGED = (
    "No figure in this report changed materially from the year before.",
    "Compared with the year before, {label} was unchanged.",
    "{label} was exactly the same as in the year before.",
)
_BULLETS = "## Key Takeaways\n"
_ACTIONS = "\n\n## Action Items for the "


@dataclass(frozen=True, slots=True)
class DefectiveSummary:
    """A summary with one planted defect."""

    kind: DefectKind
    text: str
    original: str
    """What stood in its place; empty for an addition."""
    planted: str
    """What stands there now; empty for an omission."""
    fact_id: str
    """The fact that it concerns; empty where it concerns none."""
    start: int
    """Where `planted` stands in the text; of an omission, where `original` stood."""

    @property
    def end(self) -> int:
        """Where `planted` ends."""
        return self.start + len(self.planted)


def plant(
    article: SimulatedArticle, summary: ReferenceSummary, kind: DefectKind, rng: Random
) -> DefectiveSummary | None:
    """Plant one defect in a reference summary.

    Args:
        article: The article of the summary.
        summary: A correct summary.
        kind: What to get wrong.
        rng: Chooses where.

    Returns:
        The defective summary; None where this one offers no place for the defect.
    """
    return _PLANTERS[kind](article, summary.content, rng)


def _replaced(
    kind: DefectKind, content: AnnotatedText, figure: FigureMention, planted: str
) -> DefectiveSummary | None:
    if planted == figure.text:
        return None
    text = content.text[: figure.start] + planted + content.text[figure.end :]
    return DefectiveSummary(kind, text, figure.text, planted, figure.fact_id, figure.start)


def _changed_digit(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    figure = rng.choice(content.figures)
    places = [i for i, letter in enumerate(figure.text) if letter.isdigit()]
    if not places:
        return None
    i = rng.choice(places)
    digit = str((int(figure.text[i]) + rng.randint(2, 7)) % 9 + 1)
    planted = figure.text[:i] + digit + figure.text[i + 1 :]
    return _replaced("changed_digit", content, figure, planted)


def _scaled_by_ten(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    money = [figure for figure in content.figures if "." in figure.text]
    if not money:
        return None
    figure = rng.choice(money)
    whole, _, rest = figure.text.partition(".")
    if not rest[1:2].isdigit():
        return _replaced("scaled_by_ten", content, figure, whole + rest[:1] + rest[1:])
    return _replaced("scaled_by_ten", content, figure, f"{whole}{rest[0]}.{rest[1:]}")


def _wrong_unit(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    for figure in rng.sample(content.figures, len(content.figures)):
        for written, wrong in _UNIT_SWAPS:
            if figure.text.endswith(written):
                planted = figure.text.removesuffix(written) + wrong
                return _replaced("wrong_unit", content, figure, planted)
    return None


def _wrong_period(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    period = article.world.period
    wrong = replace(period, year=period.year - rng.randint(2, 3))
    return _swapped_words("wrong_period", content, period.name, wrong.name)


def _swapped_figures(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    """Swap two figures of one unit that belong to different facts."""
    figures = rng.sample(content.figures, len(content.figures))
    for i, one in enumerate(figures):
        for other in figures[i + 1 :]:
            is_pair = one.unit == other.unit and one.fact_id != other.fact_id
            if is_pair and one.text != other.text:
                first, second = sorted((one, other), key=lambda figure: figure.start)
                text = content.text
                text = (
                    text[: first.start] + second.text + text[first.end : second.start]
                    + first.text + text[second.end :]
                )  # fmt: skip
                return DefectiveSummary(
                    "swapped_figures", text, first.text, second.text, first.fact_id, first.start
                )
    return None


def _invented_figure(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    known = {figure.value for figure in article.content.figures}
    drawn = next(
        value
        for value in iter(lambda: Decimal(rng.randint(110, 890)).scaleb(-1), None)
        if value not in known and -value not in known
    )
    line = rng.choice(_INVENTED).format(f"{drawn}%")
    return _with_bullet("invented_figure", content, line, rng)


def _dropped_fact(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    """Drop the bullet of the most salient fact that has one."""
    salience = {fact.id: fact.salience for fact in article.world.facts}
    ranked = sorted(content.figures, key=lambda figure: -salience[figure.fact_id])
    for figure in ranked:
        start = content.text.rfind("\n", 0, figure.start)
        end = content.text.find("\n", figure.end)
        line = content.text[start:end]
        if line.startswith("\n- ") and 0 < end < content.text.index(_ACTIONS):
            text = content.text[:start] + content.text[end:]
            original = line.removeprefix("\n- ")
            return DefectiveSummary("dropped_fact", text, original, "", figure.fact_id, start)
    return None


def _contradiction(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    """Deny the direction of a result that the summary reports."""
    reported = {figure.fact_id for figure in content.figures}
    results = [
        fact
        for fact in article.world.facts
        if fact.id in reported and fact.kind == "result" and fact.direction in _CONTRADICTIONS
    ]
    if not results:
        return None
    fact = rng.choice(results)
    line = rng.choice((*_CONTRADICTIONS[fact.direction], *_UNCHANGED)).format(label=fact.label)
    return _with_bullet("contradiction", content, line[:1].upper() + line[1:], rng, fact.id)


def _wrong_direction(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    pairs = [*_DIRECTIONS, *((down, up) for up, down in _DIRECTIONS)]
    for written, wrong in rng.sample(pairs, len(pairs)):
        found = _swapped_words("wrong_direction", content, f" {written} ", f" {wrong} ")
        if found:
            return found
    return None


def _repetition(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    line = rng.choice(_bullets(content.text))
    return _with_bullet("repetition", content, line, rng, _fact_at(content, line))


def _wrong_section(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    """Move an action item to the takeaways."""
    action = rng.choice(_action_items(content.text))
    without = content.text.replace(f"\n- {action}", "", 1)
    text = without.replace(_BULLETS, f"{_BULLETS}- {action}\n", 1)
    fact_id, start = _fact_at(content, action), text.index(action)
    return DefectiveSummary("wrong_section", text, "", action, fact_id, start)


def _wrong_persona(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    start = content.text.index(_ACTIONS) + len(_ACTIONS)
    persona = content.text[start : content.text.index("\n", start)]
    wrong = rng.choice([one for one in PERSONAS if one != persona])
    return _swapped_words("wrong_persona", content, f"{_ACTIONS}{persona}", f"{_ACTIONS}{wrong}")


def _vague_action(
    article: SimulatedArticle, content: AnnotatedText, rng: Random
) -> DefectiveSummary | None:
    action = rng.choice(_action_items(content.text))
    return _swapped_words("vague_action", content, action, rng.choice(_VAGUE))


def _swapped_words(
    kind: DefectKind, content: AnnotatedText, written: str, wrong: str
) -> DefectiveSummary | None:
    start = content.text.find(written)
    if start < 0:
        return None
    text = content.text[:start] + wrong + content.text[start + len(written) :]
    start += len(wrong) - len(wrong.lstrip())
    return DefectiveSummary(
        kind, text, written.strip(), wrong.strip(), _fact_at(content, written), start
    )


def _with_bullet(
    kind: DefectKind, content: AnnotatedText, line: str, rng: Random, fact_id: str = ""
) -> DefectiveSummary:
    after = f"- {rng.choice(_bullets(content.text))}\n"
    start = content.text.index(after) + len(after)
    text = f"{content.text[:start]}- {line}\n{content.text[start:]}"
    return DefectiveSummary(kind, text, "", line, fact_id, start + 2)


def _fact_at(content: AnnotatedText, words: str) -> str:
    """The fact of the figure that stands nearest to some words of the text, in their line."""
    start = content.text.index(words)
    first = content.text.rfind("\n", 0, start + 1)
    last = content.text.find("\n", start + len(words))
    within = [
        figure
        for figure in content.figures
        if first < figure.start and (last < 0 or figure.end <= last)
    ]
    nearest = min(within, key=lambda figure: abs(figure.start - start), default=None)
    return nearest.fact_id if nearest else ""


def _bullets(text: str) -> Sequence[str]:
    return _items(text[text.index(_BULLETS) : text.index(_ACTIONS)])


def _action_items(text: str) -> Sequence[str]:
    return _items(text[text.index(_ACTIONS) :])


def _items(text: str) -> Sequence[str]:
    return [line[2:] for line in text.split("\n") if line.startswith("- ")]


_Planter = Callable[[SimulatedArticle, AnnotatedText, Random], DefectiveSummary | None]
_PLANTERS: dict[DefectKind, _Planter] = {
    "changed_digit": _changed_digit,
    "scaled_by_ten": _scaled_by_ten,
    "wrong_unit": _wrong_unit,
    "wrong_period": _wrong_period,
    "swapped_figures": _swapped_figures,
    "invented_figure": _invented_figure,
    "dropped_fact": _dropped_fact,
    "contradiction": _contradiction,
    "wrong_direction": _wrong_direction,
    "repetition": _repetition,
    "wrong_section": _wrong_section,
    "wrong_persona": _wrong_persona,
    "vague_action": _vague_action,
}
