"""How targets are called in the state. Needs nothing of the environment or the network. Called by `recording`,
`targets`, and by whoever asks whether there is anyone to tell.
"""

from __future__ import annotations

from feedsvc.config import Config, Webhook
from feedsvc.text import digest


def target_id(webhook: Webhook) -> str:
    """Stable while its address is configured as it is; holds no secret."""
    return f"webhook:{webhook.feed}:{digest(webhook.url, webhook.url_env)[:16]}"


def hub_id(address: str) -> str:
    return f"hub:{address}"


def target_ids(config: Config) -> list[str]:
    """Of all targets."""
    return [*(target_id(webhook) for webhook in config.webhooks), *(hub_id(hub) for hub in config.service.hubs)]
