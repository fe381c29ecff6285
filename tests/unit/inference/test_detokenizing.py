from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from goldbrief.inference.detokenizing import TextAssembler


def decode(ids: Sequence[int]) -> str:
    """One token a byte: the worst case for characters of several bytes."""
    return bytes(ids).decode("utf-8", errors="replace")


@given(st.text(), st.lists(st.text(min_size=1, max_size=3), max_size=3))
def test_pieces_join_to_the_text_before_the_first_stop(text: str, stop: list[str]) -> None:
    assembler = TextAssembler(decode, stop)
    pieces = ""
    for byte in text.encode("utf-8", errors="ignore"):
        pieces += assembler.push(byte)
        if assembler.stopped_by:
            break
    pieces += assembler.finish()
    assert pieces == assembler.text
    whole = text.encode("utf-8", errors="ignore").decode()
    ends = [whole.index(sequence) for sequence in stop if sequence in whole]
    if not ends:
        assert pieces == whole
    else:
        # The first to be complete wins, which may have begun after another.
        assert whole.startswith(pieces + assembler.stopped_by)
        assert not any(sequence in pieces for sequence in stop)
