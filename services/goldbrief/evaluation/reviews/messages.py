"""Reviews as messages of the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from goldbrief.api.reviews.v1 import reviews_pb2 as pb
from goldbrief.evaluation.reviews.findings import outcome
from goldbrief.evaluation.reviews.pairing import Pair, SummaryText
from goldbrief.evaluation.reviews.rating import Rating, Sheet
from goldbrief.evaluation.reviews.results import RatedPair, Submitted
from goldbrief.evaluation.reviews.sets import SetState
from goldbrief.evaluation.reviews.tables import ReviewAccount, ReviewVerdict
from goldbrief.platform.rpc.work_messages import timestamp


def set_message(state: SetState) -> pb.ReviewSet:
    """Show a review set."""
    return pb.ReviewSet(
        id=state.row.id,
        title=state.row.title,
        evaluation_id=state.row.evaluation_id,
        systems=state.systems,
        pairs=state.pairs,
        version=state.row.version,
        assigned=state.assigned,
        submitted=state.submitted,
        create_time=timestamp(state.row.created_at),
    )


def assignment_message(sheet: Sheet) -> pb.Assignment:
    """Show an assignment without texts and rating, and without what tells the systems."""
    row = sheet.assignment
    message = pb.Assignment(
        id=row.id,
        review_set_id=row.set_id,
        review_set_title=sheet.set_title,
        position=row.position,
        state=row.state,
        article_title=sheet.pair.article_title,
        persona=sheet.pair.persona,
        version=row.version,
    )
    if row.updated_at is not None:
        message.update_time.CopyFrom(timestamp(row.updated_at))
    return message


def rating_message(rating: Rating) -> pb.Rating:
    """Show a rating, by side."""
    return pb.Rating(
        left_scores=rating.left.scores,
        right_scores=rating.right.scores,
        preference=rating.preference,
        comment=rating.comment,
        left_wrong=rating.left.wrong,
        right_wrong=rating.right.wrong,
    )


def block_messages(text: SummaryText) -> Iterator[pb.Block]:
    """Show a summary in sentences."""
    for block in text.blocks:
        yield pb.Block(kind=block.kind, sentences=block.sentences)


def pair_message(pair: RatedPair, texts: Pair) -> pb.RatedPair:
    """Show a pair with its ratings and systems."""
    message = pb.RatedPair(
        number=pair.row.number,
        article_sha256=pair.row.article_sha256,
        article_title=pair.row.article_title,
        persona=pair.row.persona,
        first=pb.Summary(system=texts.first.system, text=texts.first.text),
        second=pb.Summary(system=texts.second.system, text=texts.second.text),
        ratings=[_submitted_message(rating, texts) for rating in pair.ratings],
        outcome=outcome(pair),
    )
    if pair.verdict is not None:
        message.verdict.CopyFrom(verdict_message(pair.verdict))
        message.verdict.simulated = pair.is_verdict_simulated
    return message


def verdict_message(verdict: ReviewVerdict) -> pb.Verdict:
    """Show a lead's decision, but for whether a program made it."""
    return pb.Verdict(
        version=verdict.version,
        author=verdict.author,
        preference=verdict.preference,
        comment=verdict.comment,
        corrected=verdict.corrected,
        create_time=timestamp(verdict.time),
    )


def account_message(account: ReviewAccount) -> pb.Account:
    """Show an account; never its token."""
    message = pb.Account(
        name=account.name,
        role=account.role,
        simulated=account.is_simulated,
        token_id=account.token_sha256[:16],
    )
    if account.expires_at:
        message.expire_time.CopyFrom(timestamp(account.expires_at))
    return message


def _submitted_message(rating: Submitted, texts: Pair) -> pb.SubmittedRating:
    row = rating.row
    message = pb.SubmittedRating(
        reviewer=row.reviewer,
        simulated=rating.is_simulated,
        repeat=row.is_repeat,
        preference=rating.preference,
        first_scores=rating.first.scores,
        second_scores=rating.second.scores,
        comment=row.rating["comment"],
        first_wrong=_marked(texts.first, rating.first.wrong),
        second_wrong=_marked(texts.second, rating.second.wrong),
        seconds=row.seconds,
        first_left=not row.is_flipped,
    )
    if row.submitted_at is not None:
        message.submit_time.CopyFrom(timestamp(row.submitted_at))
    return message


def _marked(text: SummaryText, numbers: Iterable[int]) -> list[str]:
    sentences = text.sentences
    return [sentences[number] for number in numbers]
