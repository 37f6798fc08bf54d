"""A judge for borderline cases: any OpenAI-compatible chat endpoint is asked which candidates report the same event.

Optional everywhere: whatever the judge does or fails to do, the worst that comes of it is no answer or a wrong one.
Knows neither store nor configuration. Called by `judging`.
"""

from feedsvc.judge.asking import Judge
from feedsvc.judge.wording import Brief, digest

__all__ = ["Brief", "Judge", "digest"]
