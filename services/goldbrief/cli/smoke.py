"""`python -m goldbrief.cli.smoke`: whether an installation answers; what `helm test` runs.

It asks every service for its health, then has an article summarized. Where nothing is promoted
yet it says so, and that is no failure: an installation begins empty.
"""

from __future__ import annotations

import sys

from goldbrief.core.errors import GoldbriefError, NotFoundError
from goldbrief.core.settings import Settings
from goldbrief.platform.rpc.channel import room_address
from goldbrief.sdk import Client

ROOMS = (
    "runs", "datasets", "synthesis", "judge", "evaluation", "finetuning", "registry", "summarize",
)  # fmt: skip
_HEALTH_S = 30.0
_SUMMARY_S = 300.0
_ARTICLE = """Harrow Valves closed its third quarter with revenue of $84.2 million, an increase of
6% on the $79.4 million of a year before. Operating income rose to $11.3 million, or 13.4% of
revenue, from $9.5 million. The backlog stood at $41 million, down from $46 million, since
customers in the water sector moved orders to the next year. Freight cost fell by $1.2 million.
The company will open a second plant in Leeds in March at a cost of $18 million, and expects
revenue of $330 million for the year."""


def main() -> int:
    """Check the services at GOLDBRIEF_ADDRESS and GOLDBRIEF_<ROOM>_ADDRESS.

    Returns:
        Exit code: 0 when all answer as they should, else 1.
    """
    default = Settings().address
    silent = [room for room in ROOMS if not _is_up(room_address(room, default), room)]
    if silent:
        _say(f"No answer from: {', '.join(silent)}. Their logs say why.")
        return 1
    try:
        return _summarize()
    except GoldbriefError as error:
        _say(f"The summary failed: {error}")
        return 1


def _is_up(address: str, room: str) -> bool:
    with Client(address) as client:
        is_up = client.is_up(_HEALTH_S, wait=True)
    _say(f"{'ok  ' if is_up else 'FAIL'} {room} at {address}")
    return is_up


def _summarize() -> int:
    with Client() as client:
        try:
            answer = client.summarize(_ARTICLE, timeout_s=_SUMMARY_S, fresh=True)
        except NotFoundError as error:
            _say(f"All services answer; no model is promoted yet ({error.message})")
            _say("Run the main job to get one: goldbrief run RECIPE")
            return 0
    _say(f"{answer.text.strip()}\n\n[{answer.model} version {answer.version}]")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
