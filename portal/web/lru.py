"""A cache with room for so many characters; what was not used for the longest time goes first."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

from markupsafe import Markup


class Lru:
    """Pieces of HTML by everything that they depend on. Shared by a process's threads."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.used = 0
        self._pieces: OrderedDict[Hashable, Markup] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Markup | None:
        with self._lock:
            piece = self._pieces.get(key)
            if piece is not None:
                self._pieces.move_to_end(key)
            return piece

    def put(self, key: Hashable, piece: Markup) -> None:
        with self._lock:
            self.used += len(piece) - len(self._pieces.pop(key, ""))
            self._pieces[key] = piece
            while self.used > self.room:
                _key, gone = self._pieces.popitem(last=False)
                self.used -= len(gone)
