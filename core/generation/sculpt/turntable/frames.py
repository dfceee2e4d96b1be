"""The frames of one turn, made on two cores."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from core.generation.sculpt.scene.studio import YAW
from core.generation.sculpt.shapes import Image
from core.generation.sculpt.turntable.stage import Turntable

THREADS = 2


def turn(turntable: Turntable, count: int) -> Iterator[Image]:
    """`count` views at equal steps; the first is turned as in the picture. BGR bytes, one after the other."""
    return views(turntable, [YAW + 360 * step / count for step in range(count)])


def views(turntable: Turntable, degrees: Sequence[float]) -> Iterator[Image]:
    """Views from the given sides. Only a few are made ahead, so that whoever stops asking stops the work."""
    waiting: deque[Future[Image]] = deque()
    with ThreadPoolExecutor(THREADS, thread_name_prefix="turntable") as pool:
        for angle in degrees:
            waiting.append(pool.submit(turntable.view, angle))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
