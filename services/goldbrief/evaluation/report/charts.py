"""Charts as inline SVG."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from goldbrief.evaluation.metrics import COST, FIGURES, LATENCY, QUALITY, Metric
from goldbrief.evaluation.results import Results

_LAST_COLOR = "#0b6e4f"
_OTHER_COLOR = "#8a94a6"
_INK = "#1f2933"
_STYLE = {
    "svg.fonttype": "none",  # text stays text: small, and sharp on paper
    "svg.hashsalt": "goldbrief",  # the same results give the same file
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": "#c3cad5",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "text.parse_math": False,
}
_ROOM_FOR_NAMES = 1.2
_SMOOTHING = 0.1
"""Weight of the newest loss in the running mean."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Training loss after an optimizer step."""

    step: int
    loss: float


def interval_chart(results: Results, systems: Sequence[str], metric: Metric) -> str:
    """A dot with its interval for each system, as SVG; empty when no system has the metric."""
    figure = _intervals(results, systems, metric)
    return _svg(figure, f"{metric.label} by system, with 95% intervals") if figure else ""


def _intervals(results: Results, systems: Sequence[str], metric: Metric) -> Any:
    found = {s: results["systems"][s].get(metric.name) for s in systems}
    found = {system: value for system, value in found.items() if value}
    if not found:
        return None
    figure, axes = _axes(height=0.9 + 0.4 * len(found))
    for place, (system, value) in enumerate(reversed(found.items())):
        color = _color(system, systems)
        axes.plot([value["low"], value["high"]], [place, place], color=color, linewidth=2.5)
        axes.plot([value["mean"]], [place], "o", color=color, markersize=8)
        axes.annotate(
            metric.write(value["mean"]), (value["mean"], place), xytext=(0, 8),
            textcoords="offset points", ha="center", fontsize=9,
        )  # fmt: skip
    axes.set_yticks(range(len(found)), list(reversed(found)))
    axes.set_ylim(-0.6, len(found) - 0.3)
    axes.set_xlim(*((1, 5) if metric is QUALITY else (-0.03, 1.03)))
    if metric is not QUALITY:
        axes.xaxis.set_major_formatter(lambda value, _: metric.write(value))
    axes.grid(axis="x", color="#e6e9ef")
    return figure


def trade_off_chart(results: Results, systems: Sequence[str], against: Metric) -> str:
    """Quality against time or cost, as SVG; empty unless some system has both."""
    figure = _trade_off(results, systems, against)
    return _svg(figure, f"Judge's score against {against.label.lower()}") if figure else ""


def _trade_off(results: Results, systems: Sequence[str], against: Metric) -> Any:
    found = results["systems"]
    shown = [s for s in systems if QUALITY.name in found[s] and against.name in found[s]]
    if not shown:
        return None
    figure, axes = _axes(height=2.6)
    # neighbours' names above and below, so that close ones can be read
    for place, system in enumerate(sorted(shown, key=lambda s: found[s][against.name]["mean"])):
        quality, price = (found[system][metric.name] for metric in (QUALITY, against))
        axes.errorbar(
            price["mean"], quality["mean"],
            xerr=[[price["mean"] - price["low"]], [price["high"] - price["mean"]]],
            yerr=[[quality["mean"] - quality["low"]], [quality["high"] - quality["mean"]]],
            fmt="o", color=_color(system, systems), markersize=8, elinewidth=1,
        )  # fmt: skip
        axes.annotate(
            system, (price["mean"], quality["mean"]), xytext=(8, -12 if place % 2 else 6),
            textcoords="offset points",
        )  # fmt: skip
    most = max(found[system][against.name]["high"] for system in shown)
    axes.set_xlim(0, _ROOM_FOR_NAMES * (most or 1))
    axes.set_ylim(1, 5)
    axes.set_xlabel(against.label)
    axes.set_ylabel(QUALITY.label)
    axes.grid(color="#e6e9ef")
    return figure


def render_pngs(results: Results, systems: Sequence[str]) -> dict[str, bytes]:
    """The charts as pictures for slides, by name; empty ones are left out."""
    figures = {
        "score": _intervals(results, systems, QUALITY),
        "figures": _intervals(results, systems, FIGURES),
        "score-against-time": _trade_off(results, systems, LATENCY),
        "score-against-cost": _trade_off(results, systems, COST),
    }
    return {name: _png(figure) for name, figure in figures.items() if figure}


def _png(figure: Any) -> bytes:
    import matplotlib as mpl  # noqa: PLC0415 - takes a second to import

    buffer = io.BytesIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(buffer, format="png", dpi=160, metadata={"Software": None})
    return buffer.getvalue()


def figures_chart(results: Results, systems: Sequence[str]) -> str:
    """Share of figures that the articles have, by system."""
    return interval_chart(results, systems, FIGURES)


def loss_chart(losses: Sequence[Loss]) -> str:
    """Training loss and its running mean; empty without losses."""
    if not losses:
        return ""
    figure, axes = _axes(height=2.4)
    steps = [point.step for point in losses]
    axes.plot(steps, [point.loss for point in losses], color="#c3cad5", linewidth=1)
    axes.plot(steps, _running_mean(losses), color=_LAST_COLOR, linewidth=2)
    axes.set_xlabel("Optimizer step")
    axes.set_ylabel("Training loss")
    axes.grid(axis="y", color="#e6e9ef")
    return _svg(figure, "Training loss by optimizer step")


def _running_mean(losses: Sequence[Loss]) -> list[float]:
    means = [losses[0].loss]
    for point in losses[1:]:
        means.append(means[-1] + _SMOOTHING * (point.loss - means[-1]))
    return means


def _color(system: str, systems: Sequence[str]) -> str:
    return _LAST_COLOR if system == systems[-1] else _OTHER_COLOR


def _axes(height: float) -> tuple[Any, Any]:
    # without pyplot, which keeps figures in global state
    import matplotlib as mpl  # noqa: PLC0415 - takes a second to import
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.6, height), layout="constrained")
        return figure, figure.add_subplot()


def _svg(figure: Any, label: str) -> str:
    import matplotlib as mpl  # noqa: PLC0415 - takes a second to import

    buffer = io.StringIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    size = re.compile(r' width="[^"]*"| height="[^"]*"')
    opening, rest = svg.split(">", 1)
    label = escape(label, quote=True)
    return f'{size.sub("", opening)} role="img" aria-label="{label}">{rest}'
