"""Several summaries of one system at once, never of two."""

import threading

from goldbrief.evaluation.turns import Turns


def test_one_system_may_have_as_many_turns_as_asked_for() -> None:
    turns = Turns()
    assert turns.take("tuned", 2, patience_s=0.01)
    assert turns.take("tuned", 2, patience_s=0.01)
    assert not turns.take("tuned", 2, patience_s=0.01)


def test_another_system_waits_until_the_first_has_none_left() -> None:
    turns = Turns()
    turns.take("tuned", 2, patience_s=0.01)
    turns.take("tuned", 2, patience_s=0.01)
    turns.give_back()
    assert not turns.take("base", 2, patience_s=0.01)
    waiting = threading.Timer(0.05, turns.give_back)
    waiting.start()
    assert turns.take("base", 2, patience_s=10)
    assert not turns.take("tuned", 2, patience_s=0.01)
    waiting.join()
