"""Where articles come from: folders and servers, how these are asked, and what their documents say."""

import sys

# httpx has a command line of its own, which it does without where Rich and Click are not installed. Typer brings both,
# and loading them would take longer than all the rest of httpx.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
