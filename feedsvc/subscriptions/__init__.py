"""New sources for the configuration: from a subscription list, from an address, from the catalogue of known feeds.

Proposes and explains; writes nothing itself (`config.add_sources` does, once someone has agreed), keeps no state.
Called by the command line.
"""

from feedsvc.subscriptions.catalogue import PUBLISHERS, UNTRIED, Known, in_catalogue, shortcut
from feedsvc.subscriptions.importing import ImportPlan, Passed, plan_import
from feedsvc.subscriptions.preview import Preview, preview

__all__ = [
    "PUBLISHERS",
    "UNTRIED",
    "ImportPlan",
    "Known",
    "Passed",
    "Preview",
    "in_catalogue",
    "plan_import",
    "preview",
    "shortcut",
]
