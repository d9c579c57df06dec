"""Where clips are drawn: processes of their own, and a queue in front of them, the most urgent first."""

import asyncio
import itertools
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING

from simulator.client import Zone
from simulator.incident import Incident, Look

if TYPE_CHECKING:
    from simulator.camera import Clip

HANDS = 2  # clips drawn at once

Draw = Callable[[Look, Incident, tuple[Zone, ...], float], "Clip"]


def draw(look: Look, incident: Incident, zones: tuple[Zone, ...], utc_offset_hours: float) -> "Clip":
    """Draws one clip. Runs in a process of its own, which is why the camera is imported only here."""
    from simulator.camera import draw_clip

    return draw_clip(look, incident, zones, utc_offset_hours)


def processes() -> ProcessPoolExecutor:
    """Two polite processes that end with this one, however it ends."""
    return ProcessPoolExecutor(HANDS, mp_context=get_context("spawn"), initializer=_settle)


def _settle() -> None:
    """A drawing process: yields to everybody else, leaves Ctrl-C to its parent, and does not outlive it."""
    os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


class Studio:
    """Draws clips in an executor, HANDS at a time; of those that wait, the smallest urgency first."""

    def __init__(self, executor: Executor, draw: Draw = draw):
        self._executor, self._draw = executor, draw
        self._waiting: asyncio.PriorityQueue = asyncio.PriorityQueue()
        self._order = itertools.count()
        self.live_waiting = 0

    async def film(
        self, urgency: int, look: Look, incident: Incident, zones: tuple[Zone, ...], offset: float
    ) -> "Clip":
        """urgency: 0 for live, more for the past. offset: hours from UTC. Raises what drawing raises."""
        answer: asyncio.Future = asyncio.get_running_loop().create_future()
        self.live_waiting += urgency == 0
        try:
            await self._waiting.put((urgency, next(self._order), (look, incident, zones, offset), answer))
            return await answer
        finally:
            self.live_waiting -= urgency == 0

    async def work(self) -> None:
        """One hand; runs until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            *_, job, answer = await self._waiting.get()
            if answer.done():
                continue
            try:
                clip = await loop.run_in_executor(self._executor, self._draw, *job)
            except Exception as error:  # handed to whoever asked
                if not answer.done():
                    answer.set_exception(error)
            else:
                if not answer.done():
                    answer.set_result(clip)
