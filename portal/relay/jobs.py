"""Messages of threads that have ended do not stay for ever."""

from typing import TYPE_CHECKING

from portal.db import SYSTEM
from portal.jobs import Chore
from portal.relay import service

if TYPE_CHECKING:
    from portal.web.context import Porchlight


def _erase(here: "Porchlight") -> None:
    with here.database.write(SYSTEM, here.clock) as act:
        service.erase_over(act)


CHORES = (Chore("erase what two neighbours said", 3600, _erase),)
