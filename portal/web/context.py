"""What a request has at hand: the town's parts, who is asking, and the two ways to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from flask import current_app, g

from portal.clock import Clock
from portal.db import VISITOR, Act, Actor, Database
from portal.settings import Settings
from portal.store import Store


@dataclass
class Porchlight:
    """The running town: everything that jobs and commands need too, and no Flask."""

    settings: Settings
    clock: Clock
    database: Database
    store: Store


def porchlight() -> Porchlight:
    return cast(Porchlight, current_app.extensions["porchlight"])


def actor() -> Actor:
    return cast(Actor, g.get("actor", VISITOR))


def reading() -> Act:
    """An act that looks. All reads of one request see the same state of the database."""
    from portal.extensions import orm

    if "reads" not in g:
        g.reads = orm.session()
    return Act(g.reads, actor(), porchlight().clock.now())


def end_reading() -> None:
    """Let go of what the request has read so far. Before a body that may come slowly: the database cannot tidy up
    while somebody still looks at an old state of it."""
    from portal.extensions import orm

    orm.session.rollback()


@contextmanager
def writing() -> Iterator[Act]:
    """An act that writes, for the one who is asking. What the request reads afterwards is fresh."""
    from portal.extensions import orm

    here = porchlight()
    with here.database.write(actor(), here.clock) as act:
        yield act
    orm.session.rollback()
