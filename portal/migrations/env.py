"""How Alembic runs here: on the connection it is handed, in one transaction, triggers made anew at the end."""

from alembic import context
from flask import current_app

import portal.models  # noqa: F401  (every table)
from portal.db import FULL_TEXT, Base, drop_triggers, install_triggers
from portal.schema import migrating, of_the_models


def _run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        include_object=of_the_models,
    )
    before, present = context.get_context().get_current_revision(), drop_triggers(connection)
    context.run_migrations()
    after = context.get_context().get_current_revision()
    if after == context.get_head_revision() is not None:
        install_triggers(connection)  # not while a first migration is being written: there are no tables yet
    elif after is None:
        for name in FULL_TEXT:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
    elif after == before:
        for statement in present:
            connection.exec_driver_sql(statement)


if (given := context.config.attributes.get("connection")) is not None:
    _run(given)
else:  # by `flask db …`
    with migrating(current_app.extensions["porchlight"].database) as connection:
        _run(connection)
