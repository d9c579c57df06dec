"""A town with very many posts, put into its database by SQL: through the services a million would take hours."""

import uuid

import h3
from sqlalchemy import text

from portal.db import Database, drop_triggers
from portal.feed.models import Post
from portal.neighbourhoods import rules


def fill(database: Database, count: int, like: uuid.UUID, at: tuple[float, float], rings: int = 8) -> None:
    """Copy the visible post `like` `count` times: evenly over the cells within `rings` rings of `at` (degrees), over
    all residents as authors, and over all categories, each copy newer than the one before.

    The database is left without its triggers: making them anew would fill the search as well, and takes minutes.
    """
    cells = [rules.parents(cell) for cell in sorted(h3.grid_disk(rules.cell(*at), rings))]
    own = {
        "id": "lower(hex(randomblob(16)))",
        "author_id": "(SELECT id FROM people WHERE number = i % (SELECT count(*) FROM people))",
        "category": 'json_extract(\'["safety","suspicious","crime","pet","visitor","good"]\','
        " '$[' || (i / 7 % 6) || ']')",
        "body": "post.body || ' ' || i",
        "shown_cell": "there.cell8",
        "cell9": "there.cell9",
        "cell8": "there.cell8",
        "cell7": "there.cell7",
        "published_seq": ":first + i",
    }
    names = [column.name for column in Post.__table__.columns]
    with database.engine.execution_options(porchlight_write=True).begin() as connection:
        drop_triggers(connection)
        connection.execute(text("CREATE TEMP TABLE there (number INTEGER PRIMARY KEY, cell9, cell8, cell7)"))
        connection.execute(
            text("INSERT INTO there VALUES (:number, :nine, :eight, :seven)"),
            [
                {"number": number, "nine": nine, "eight": eight, "seven": seven}
                for number, (nine, eight, seven) in enumerate(cells)
            ],
        )
        connection.execute(text("CREATE TEMP TABLE people (number INTEGER PRIMARY KEY, id)"))
        connection.execute(
            text("INSERT INTO people SELECT row_number() OVER () - 1, id FROM account WHERE kind = 'resident'")
        )
        first = connection.execute(text("SELECT max(published_seq) FROM post")).scalar()
        connection.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
                f" INSERT INTO post ({', '.join(names)})"
                f" SELECT {', '.join(own.get(name, f'post.{name}') for name in names)}"
                " FROM n CROSS JOIN there ON there.number = i * 2654435761 % :cells CROSS JOIN post ON post.id = :like"
            ),
            {"count": count, "first": first, "cells": len(cells), "like": like.hex},
        )
        connection.execute(text("UPDATE counter SET value = :value WHERE name = 'published'"), {"value": first + count})
        for table in ("there", "people"):
            connection.execute(text(f"DROP TABLE {table}"))
