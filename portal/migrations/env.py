"""How Alembic runs here: on the connection it is handed, in one transaction, triggers made anew at the end."""

from alembic import context
from flask import current_app

import portal.models  # noqa: F401  (every table)
from portal.db import Base, install_triggers


def _run(connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    context.run_migrations()
    if context.get_context().get_current_revision() == context.get_head_revision() is not None:
        install_triggers(connection)  # not while a first migration is being written: there are no tables yet


if (given := context.config.attributes.get("connection")) is not None:
    _run(given)
else:  # by `flask db …`
    engine = current_app.extensions["porchlight"].database.engine
    with engine.execution_options(porchlight_write=True).begin() as connection:
        _run(connection)
