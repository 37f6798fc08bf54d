"""Why a figure misses its aim, and what would be needed; told beside it as long as it does.

By a part of the figure's name. From profiles: docs/performance.md.
"""

REASONS: dict[str, str] = {}
