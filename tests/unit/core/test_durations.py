import pytest

from goldbrief.core.durations import TrainingDuration
from goldbrief.core.errors import InvalidInputError


@pytest.mark.parametrize("text", ["2ba", "1ep", "500sp", "1000000tok"])
def test_known_notations_are_read(text: str) -> None:
    assert str(TrainingDuration.parse(text)) == text


@pytest.mark.parametrize("text", ["2epochs", "0ep", "-1ep", "1.5ep", "ep", "1 ep", ""])
def test_anything_else_is_refused_with_the_units(text: str) -> None:
    with pytest.raises(InvalidInputError, match="training duration") as caught:
        TrainingDuration.parse(text)
    assert "ep (epochs)" in caught.value.remedy
