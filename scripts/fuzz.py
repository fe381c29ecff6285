"""Send every RPC and every route of HTTP hundreds of requests that they should not get.

python -m scripts.fuzz [--examples 300] [--seed 1] [--only NAME] [--postgres]

prints a table; exits 1 where a promise was broken: an INTERNAL or UNKNOWN, a status 500, a hang, a
traceback told to the client, something left half done. `tests/unit/fuzz` sends a few of each.
Everything runs in this process, on a folder that is thrown away.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from pathlib import Path

from goldbrief.testing.fuzzing.place import Place, all_rpcs, fuzzed_place
from goldbrief.testing.fuzzing.routes import fuzz_route
from goldbrief.testing.fuzzing.rpcs import BrokenPromiseError, fuzz_rpc
from goldbrief.testing.fuzzing.websites import DOORS, clients
from goldbrief.testing.fuzzing.wholeness import problems
from goldbrief.testing.servers import postgres_server

_EXAMPLES = Path(__file__).parents[1] / "examples" / "quickstart" / "simulated"


def main() -> int:
    """Fuzz everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=300, help="requests for each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="part of the names of RPCs and routes")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, not on SQLite")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = postgres_server(folder / "postgres") if options.postgres else nullcontext("")
        place = stack.enter_context(fuzzed_place(folder, _EXAMPLES, stack.enter_context(database)))
        print(f"{options.examples} examples each, seed {options.seed}\n")
        print("| what | requests | s | ended as |\n|---|---|---|---|", flush=True)
        broken = [
            name
            for name, fuzz in _all(place, stack, options.examples, options.seed).items()
            if options.only in name and not _kept(name, fuzz)
        ]
        left = problems(place)
    for problem in left:
        print(f"left behind: {problem}")
    return 1 if broken or left else 0


def _all(
    place: Place, stack: ExitStack, examples: int, seed: int
) -> dict[str, Callable[[], Counter[str] | Counter[int]]]:
    found: dict[str, Callable[[], Counter[str] | Counter[int]]] = {}
    for method, rpc in all_rpcs().items():
        found[method.rpartition(".")[2]] = lambda m=method, r=rpc: fuzz_rpc(  # type: ignore[misc]
            place.channel, m, r, place.known, examples, seed
        )
    browsers = stack.enter_context(clients(place))
    for name, doors in DOORS.items():
        for door in doors:
            found[f"{name}: {door}"] = lambda n=name, d=door: fuzz_route(  # type: ignore[misc]
                browsers[n], d, place.known, examples, seed
            )
    return found


def _kept(name: str, fuzz: Callable[[], Counter[str] | Counter[int]]) -> bool:
    began = time.monotonic()
    try:
        ends = fuzz()
    except BrokenPromiseError as error:
        print(f"| {name} | | {time.monotonic() - began:.0f} | **{str(error)[:900]}** |", flush=True)
        return False
    told = ", ".join(f"{code} {count}" for code, count in ends.most_common())
    print(f"| {name} | {ends.total()} | {time.monotonic() - began:.0f} | {told} |", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
