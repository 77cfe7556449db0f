"""Run by alembic: applies the migrations inside the transaction that `engine.store.schema` has begun."""

from __future__ import annotations

from alembic import context

from engine.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
