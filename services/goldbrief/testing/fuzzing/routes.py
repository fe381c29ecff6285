"""Every route of an HTTP application with paths, queries, headers and bodies of any values."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import quote

import httpx
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel
from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient

from goldbrief.testing.fuzzing.calls import LEAKS
from goldbrief.testing.fuzzing.messages import json_texts, texts
from goldbrief.testing.fuzzing.rpcs import BrokenPromiseError

_PLAIN: dict[Any, SearchStrategy[Any]] = {
    int: st.one_of(st.integers(0, 9), st.integers()),
    float: st.one_of(st.sampled_from([0.0, 1.0]), st.floats()),
    bool: st.booleans(),
    type(None): st.none(),
}
_PARAMETER = re.compile(r"{(\w+(?::\w+)?)}")
_WHOLE = ":int"
"""What a parameter that is a number ends in."""
_MOST_IN_URL = 1500
"""Characters of a part; clients refuse longer ones themselves."""
_TURNED_AWAY = (503, 504)
"""What is no fault of the server: something that it needs is away or slow."""
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_MEDIA_TYPES = (
    _JSON,
    _FORM,
    "text/plain",
    "multipart/form-data",
    "application/json; charset=x",
    "",
)


@dataclass(frozen=True, slots=True)
class Door:
    """A method of a route, and names of what it may be sent."""

    method: str
    path: str
    """With parameters in braces."""
    fields: tuple[str, ...] = ()
    body: type[BaseModel] | None = None
    """What it declares to take as JSON."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def doors_of(routes: Sequence[BaseRoute], names: Sequence[str] = ()) -> list[Door]:
    """Every method of every route.

    Args:
        routes: Of the application.
        names: Of fields, for routes that do not declare what they take.

    Returns:
        In the routes' order.
    """
    return [
        Door(method, path, tuple(names), _declared(route))
        for route in routes
        for method, path in _methods(route)
    ]


def form_names(package: str) -> list[str]:
    """The names of all fields in a package's templates."""
    found: set[str] = set()
    for template in (resources.files(package) / "templates").iterdir():
        found.update(re.findall(r'name="([\w.]+)"', template.read_text(encoding="utf-8")))
    return sorted(found)


def fuzz_route(
    client: httpx.Client | TestClient, door: Door, known: Sequence[str], examples: int, number: int
) -> Counter[int]:
    """Ask a route for what it should not be asked for.

    Args:
        client: Of its server, with the cookies and headers of somebody who may.
        door: Which.
        known: Ids of what the server has.
        examples: How many requests.
        number: Seed: the same makes the same requests.

    Returns:
        How often each status was answered.

    Raises:
        BrokenPromiseError: An answer was a failure of the server, or told of its insides.
    """
    statuses: Counter[int] = Counter()

    @seed(number)
    @settings(
        max_examples=examples, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(_requests(door, known))
    def one(options: dict[str, Any]) -> None:
        answer = client.request(door.method, **options)
        statuses[answer.status_code] += 1
        is_failure = answer.status_code >= 500 and answer.status_code not in _TURNED_AWAY
        if is_failure or LEAKS.search(answer.text):
            shown = {name: str(value)[:300] for name, value in options.items()}
            raise BrokenPromiseError(
                f"{answer.status_code} {answer.text[:300]} after {door} with {shown}"
            )

    one()
    return statuses


def _methods(route: BaseRoute) -> Iterator[tuple[str, str]]:
    if isinstance(route, Route):
        # HEAD is answered as GET is
        yield from ((method, route.path) for method in sorted((route.methods or set()) - {"HEAD"}))
    elif isinstance(route, Mount):
        yield "GET", f"{route.path}/{{path}}"


def _declared(route: BaseRoute) -> type[BaseModel] | None:
    if not isinstance(route, APIRoute) or route.body_field is None:
        return None
    kind = route.body_field.field_info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _requests(door: Door, known: Sequence[str]) -> SearchStrategy[dict[str, Any]]:
    values = texts(known).map(lambda text: text[:_MOST_IN_URL])
    numbers = st.one_of(st.sampled_from([0, 1, 2**31, 2**63]), st.integers(0)).map(str)
    parts = {
        name: numbers | values if name.endswith(_WHOLE) else values
        for name in _PARAMETER.findall(door.path)
    }
    url = st.fixed_dictionaries(parts).map(
        lambda given: _PARAMETER.sub(lambda match: quote(given[match[1]], safe=""), door.path)
    )
    query = st.dictionaries(st.sampled_from(["token", "next", "page", *door.fields]), values)
    options = {"url": url, "params": query}
    if door.method in ("GET", "HEAD"):
        return st.fixed_dictionaries(options)
    headers = st.sampled_from(_MEDIA_TYPES).map(lambda kind: {"content-type": kind} if kind else {})
    asked = st.fixed_dictionaries(options | {"headers": headers, "content": _bodies(door, known)})
    return st.one_of(asked, _fitting(door, known, options))


def _fitting(
    door: Door, known: Sequence[str], options: dict[str, SearchStrategy[Any]]
) -> SearchStrategy[dict[str, Any]]:
    """Bodies that declare what they are, with the names that the route looks for."""
    if door.body is not None:
        declared = _of_model(door.body, known).map(json.dumps)
        headers = st.just({"content-type": _JSON})
        return st.fixed_dictionaries(options | {"headers": headers, "content": declared})
    names = st.sampled_from(door.fields or ("name",))
    leaves = st.one_of(texts(known), st.integers(), st.booleans(), st.none(), st.floats())
    values = leaves | st.lists(leaves, max_size=3) | st.dictionaries(names, leaves, max_size=4)
    in_json = st.dictionaries(names, values | st.lists(st.dictionaries(names, leaves, max_size=4)))
    in_form = st.dictionaries(names, texts(known))
    return st.one_of(
        st.fixed_dictionaries(
            options
            | {"headers": st.just({"content-type": _JSON}), "content": in_json.map(json.dumps)}
        ),
        st.fixed_dictionaries(options | {"data": in_form}),
    )


def _of_model(kind: type[BaseModel], known: Sequence[str]) -> SearchStrategy[dict[str, Any]]:
    """Bodies with fields of the declared kinds, and any values."""
    values = {name: _of_kind(field.annotation, known) for name, field in kind.model_fields.items()}
    needed = {name for name, field in kind.model_fields.items() if field.is_required()}
    return st.fixed_dictionaries(
        {name: value for name, value in values.items() if name in needed},
        optional={name: value for name, value in values.items() if name not in needed},
    )


def _of_kind(kind: Any, known: Sequence[str]) -> SearchStrategy[Any]:
    arguments = get_args(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _of_model(kind, known)
    if get_origin(kind) is Annotated:
        return _of_kind(arguments[0], known)
    if get_origin(kind) is Literal:
        return st.sampled_from(arguments)
    if get_origin(kind) in (list, tuple):
        return st.lists(_of_kind(arguments[0], known), max_size=3)
    if arguments:
        return st.one_of([_of_kind(one, known) for one in arguments])
    return _PLAIN.get(kind, texts(known))


def _bodies(door: Door, known: Sequence[str]) -> SearchStrategy[bytes]:
    return st.binary(max_size=60) | json_texts(known).map(str.encode)
