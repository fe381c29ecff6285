"""The HTML report: one page without scripts or outside assets, for screen, phone and paper."""

from goldbrief.evaluation.report.charts import Loss, render_pngs
from goldbrief.evaluation.report.page import render_report

__all__ = ["Loss", "render_pngs", "render_report"]
