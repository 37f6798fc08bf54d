"""Alembic migrations. They never import the program: what they did once they must do for ever."""
