"""Order of mixed left-to-right and right-to-left text.

A subset of the Unicode bidirectional algorithm (UAX #9) that is whole for a name of one line: no explicit embeddings
and isolates, whose characters are stripped beforehand, and no paired brackets (rule N0).
"""

from __future__ import annotations

import unicodedata
from itertools import groupby

NEUTRAL = {"B", "S", "WS", "ON", "ES", "ET", "CS", "BN"}


def levels(text: str) -> list[int]:
    """The embedding level of each character: even runs left to right, odd right to left."""
    if not text:
        return []
    classes = [unicodedata.bidirectional(character) or "L" for character in text]
    base = _base_level(classes)
    edge = "R" if base else "L"
    resolved = _neutrals(_weak(classes, edge), edge)
    return [_level(kind, base) for kind in resolved]


def visual_order(run_levels: list[int]) -> list[int]:
    """Indices of runs from left to right (rule L2: reverse from the highest level down to the lowest odd one)."""
    order = list(range(len(run_levels)))
    for level in range(max(run_levels, default=0), 0, -1):
        start = 0
        for is_high, group in groupby(list(order), key=lambda index: run_levels[index] >= level):
            size = len(list(group))
            if is_high:
                order[start : start + size] = order[start : start + size][::-1]
            start += size
    return order


def _base_level(classes: list[str]) -> int:
    """Rules P2 and P3: the first strong character decides."""
    first = next((kind for kind in classes if kind in {"L", "R", "AL"}), "L")
    return int(first != "L")


def _weak(classes: list[str], edge: str) -> list[str]:
    """Rules W1 to W7: marks, numbers, and the signs within numbers."""
    kinds = list(classes)
    strong, previous = edge, edge
    for index, kind in enumerate(kinds):
        if kind == "NSM":
            kind = previous
        elif kind == "EN" and strong == "AL":
            kind = "AN"
        if kind in {"L", "R", "AL"}:
            strong = kind
        kinds[index] = previous = kind
    kinds = ["R" if kind == "AL" else kind for kind in kinds]
    _separators(kinds)
    strong = edge
    for index, kind in enumerate(kinds):
        if kind in {"L", "R"}:
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[index] = "L"
    return kinds


def _separators(kinds: list[str]) -> None:
    """Rules W4 to W6: one sign between two numbers, and currency and per cent signs beside one, belong to it."""
    for index in range(1, len(kinds) - 1):
        before, kind, after = kinds[index - 1 : index + 2]
        if before == after and ((kind == "ES" and before == "EN") or (kind == "CS" and before in {"EN", "AN"})):
            kinds[index] = before
    start = 0
    for kind, group in groupby(list(kinds)):
        size = len(list(group))
        beside = [*kinds[max(start - 1, 0) : start], *kinds[start + size : start + size + 1]]
        if kind == "ET" and "EN" in beside:
            kinds[start : start + size] = ["EN"] * size
        start += size


def _neutrals(kinds: list[str], edge: str) -> list[str]:
    """Rules N1 and N2: what stands between two equal directions takes theirs, anything else the paragraph's."""
    resolved: list[str] = []
    start = 0
    for is_neutral, group in groupby(list(kinds), key=lambda kind: kind in NEUTRAL):
        members = list(group)
        end = start + len(members)
        if is_neutral:
            before = _direction(kinds[start - 1]) if start else edge
            after = _direction(kinds[end]) if end < len(kinds) else edge
            members = [before if before == after else edge] * len(members)
        resolved += members
        start = end
    return resolved


def _direction(kind: str) -> str:
    return "L" if kind == "L" else "R"


def _level(kind: str, base: int) -> int:
    """Rules I1 and I2."""
    if base == 0:
        return {"L": 0, "R": 1}.get(kind, 2)
    return 1 if kind == "R" else 2
