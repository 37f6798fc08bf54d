"""Runs the migrations on the connection that `feedsvc.store.database.migrate` hands over, in its transaction."""

import sqlalchemy as sa
from alembic import context

# Text is in the order of its characters' numbers, as in SQLite and in Python, whatever the server's language.
OTHER_ORDER = sa.text(
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
    "AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' AND table_name NOT LIKE 'procrastinate%'"
)

connection = context.config.attributes["connection"]
context.configure(connection=connection, render_as_batch=True)
context.run_migrations()
if connection.dialect.name == "postgresql":
    for table, column in connection.execute(OTHER_ORDER).all():
        connection.execute(sa.text(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE text COLLATE "C"'))
