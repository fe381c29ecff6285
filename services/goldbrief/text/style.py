"""Infers the house style from goldens, with the evidence for each of its lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import quantiles

from goldbrief.core.documents import Golden, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.agreement import told
from goldbrief.text.figure_check import check_figures
from goldbrief.text.figures import extract_figures
from goldbrief.text.sections import Summary, read_sections, structure_problems
from goldbrief.text.style_manners import infer_manners
from goldbrief.text.style_sections import Findings, infer_sections, persona_of

MIN_GOLDENS = 3
"""Fewer would make one author's accident a rule."""
_WIDE = 3
"""Times the shortest golden from which the longest is told of: a band so wide binds nobody."""


@dataclass(frozen=True, slots=True)
class StyleStudy:
    """A style contract and what it rests on."""

    contract: StyleContract
    evidence: Mapping[str, str]
    """Line of the contract, e.g. `voice.tense`, to where the goldens show it."""
    notes: tuple[str, ...]
    """What some goldens do otherwise than most, and figures that their articles lack."""


def infer_style(goldens: Sequence[Golden]) -> StyleContract:
    """Find what the goldens have in common; see `study_goldens`."""
    return study_goldens(goldens).contract


def study_goldens(goldens: Sequence[Golden]) -> StyleStudy:
    """Find what the goldens have in common, and where they show it.

    Args:
        goldens: At least three.

    Returns:
        The form and manners of most goldens, in ranges that cover all that have them.

    Raises:
        InvalidInputError: There are too few goldens (`TOO_FEW_GOLDENS`), one has no sections
            (`SECTIONS_NOT_FOUND`), or they differ in form and no more than half agree
            (`GOLDENS_DIFFER`).
    """
    require_enough(goldens)
    goldens = _named_apart(goldens)
    findings = Findings()
    sections = infer_sections(goldens, findings)
    if findings.contradictions:
        raise InvalidInputError(
            f"The goldens contradict each other. {' '.join(findings.contradictions)}",
            reason="GOLDENS_DIFFER",
            remedy="Change or remove some until more than half agree, or write down the style "
            "that you want and name it in the recipe (docs/style.md).",
        )
    form = StyleContract(
        sections=sections,
        personas=tuple(dict.fromkeys(map(persona_of, goldens))),
        min_words=0,
        max_words=1,
        figures_per_100_words=0,
        goldens=tuple(golden.name for golden in goldens),
    )
    contract = infer_manners(goldens, _with_lengths(goldens, form, findings), findings)
    notes = (*findings.notes, *_unsupported_figures(goldens))
    return StyleStudy(contract, findings.evidence, notes)


def follow_style(contract: StyleContract, goldens: Sequence[Golden]) -> StyleStudy:
    """Follow a contract that somebody wrote, and tell where the goldens do otherwise.

    Args:
        contract: The contract.
        goldens: At least three; examples for the teacher.

    Returns:
        The contract; its evidence is empty.

    Raises:
        InvalidInputError: There are too few goldens (`TOO_FEW_GOLDENS`).
    """
    require_enough(goldens)
    notes = (
        f"{golden.name} is not in the style asked for: {' '.join(problems)}"
        for golden in goldens
        if (problems := structure_problems(golden.summary, contract))
    )
    return StyleStudy(contract, {}, (*notes, *_unsupported_figures(goldens)))


def with_personas(
    study: StyleStudy, personas: Sequence[str], goldens: Sequence[Golden]
) -> StyleStudy:
    """Write for the personas that a recipe names, if any, and note those without a golden."""
    if not personas:
        return study
    lacking = sorted(set(personas) - set(map(persona_of, goldens)))
    note = f"No golden is written for {', '.join(lacking)}; the others show the style."
    return replace(
        study,
        contract=study.contract.model_copy(update={"personas": tuple(personas)}),
        notes=(*study.notes, note) if lacking else study.notes,
    )


def require_enough(goldens: Sequence[Golden]) -> None:
    """Raise InvalidInputError (`TOO_FEW_GOLDENS`) unless there are three goldens."""
    if len(goldens) < MIN_GOLDENS:
        raise InvalidInputError(
            f"A house style needs at least {MIN_GOLDENS} goldens; {len(goldens)} were found.",
            reason="TOO_FEW_GOLDENS",
            remedy="Add summaries that show the style you want.",
            metadata={"found": str(len(goldens))},
        )


def _named_apart(goldens: Sequence[Golden]) -> list[Golden]:
    """The goldens with names by which evidence can tell them apart."""
    names = [golden.name for golden in goldens]
    return [
        golden.model_copy(update={"name": f"{golden.name or 'golden'} ({number})"})
        if not golden.name or names.count(golden.name) > 1
        else golden
        for number, golden in enumerate(goldens, 1)
    ]


def _with_lengths(
    goldens: Sequence[Golden], form: StyleContract, findings: Findings
) -> StyleContract:
    summaries = {golden.name: read_sections(golden.summary, form) for golden in goldens}
    lengths = {name: summary.num_words for name, summary in summaries.items()}
    densities = {name: round(_figure_density(summary), 1) for name, summary in summaries.items()}
    personas = {golden.name: persona_of(golden) for golden in goldens}
    shortest, longest = min(lengths.values()), max(lengths.values())
    if longest > _WIDE * shortest:
        findings.notes.append(f"Their lengths differ widely: {told(lengths)} words.")
    findings.evidence.update(
        personas=told(personas), min_words=told(lengths), figures_per_100_words=told(densities)
    )
    return form.model_copy(
        update={
            "min_words": shortest,
            "max_words": longest,
            "figures_per_100_words": round(
                _lower_quartile(map(_figure_density, summaries.values())), 2
            ),
        }
    )


def _unsupported_figures(goldens: Sequence[Golden]) -> Iterator[str]:
    for golden in goldens:
        if golden.article_text:
            missing = check_figures(golden.summary, golden.article_text).unsupported
            if missing:
                figures = ", ".join(dict.fromkeys(figure.text for figure in missing))
                yield f"{golden.name} has figures that its article lacks: {figures}."


def _figure_density(summary: Summary) -> float:
    text = "\n".join(item for items in summary.sections.values() for item in items)
    return 100 * len(extract_figures(text)) / summary.num_words


def _lower_quartile(values: Iterable[float]) -> float:
    return quantiles(values, n=4, method="inclusive")[0]
