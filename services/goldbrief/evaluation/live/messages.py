"""What is known of live summaries, as the API has it."""

from __future__ import annotations

from goldbrief.api.live.v1 import live_pb2 as pb
from goldbrief.evaluation.live.config import LiveSettings
from goldbrief.evaluation.live.quality import LiveQuality, VersionQuality
from goldbrief.evaluation.live.reporting import FullReport
from goldbrief.platform.rpc.work_messages import timestamp


def report_message(report: FullReport) -> pb.LiveReport:
    """Put a report as the API has it, without texts."""
    row = report.row
    return pb.LiveReport(
        id=row.id,
        request_id=row.request_id,
        model=row.model,
        version=row.version,
        persona=row.persona,
        article_sha256=row.article_sha256,
        reason=row.reason,
        reported_by=row.reported_by,
        create_time=timestamp(row.time),
        state=row.state,
        decisions=row.decisions,
        decided_by=row.decided_by,
        candidate=row.is_candidate,
        overall=report.overall or 0.0,
        verified=row.is_verified,
        text_kept=bool(row.text_key),
    )


def quality_message(quality: LiveQuality, settings: LiveSettings) -> pb.GetLiveQualityResponse:
    """Put what is known of all versions as the API has it, with the settings that it hangs on."""
    return pb.GetLiveQualityResponse(
        versions=map(_version, quality.versions),
        window_days=settings.window_days,
        judged_today=quality.judged_today,
        daily_judgments=settings.daily_judgments,
        text_days=settings.text_days,
    )


def _version(version: VersionQuality) -> pb.VersionQuality:
    return pb.VersionQuality(
        model=version.model,
        version=version.version,
        judged=version.judged,
        mean_score=version.mean_score or 0.0,
        flawed=version.flawed,
        figures_total=version.figures_total,
        figures_supported=version.figures_supported,
        drift=[
            pb.FeatureDrift(
                feature=name,
                verdict=drift.verdict,
                live=drift.live,
                needed=drift.needed,
                psi=drift.psi,
                limit=drift.limit,
            )
            for name, drift in version.drift.items()
        ],
    )
