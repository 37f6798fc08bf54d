"""Whom there is to tell: the webhooks and hubs of the configuration, each with a name that holds no secret.

Called by `sending` and the command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from feedsvc.config import Config, Webhook
from feedsvc.notify.identity import hub_id, target_id
from feedsvc.notify.signing import SecretError, read_address, read_secret
from feedsvc.sources.posting import origin_of

HUB_TIMEOUT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Target:
    id: str  # stable while its address is configured as it is
    name: str  # for people
    url: str  # with whatever secret it holds
    timeout: timedelta
    webhook: Webhook | None  # None: a hub
    secret: str  # empty: none
    mistake: str  # what the environment lacks, in one clause; empty: nothing


def targets(config: Config) -> list[Target]:
    return [*map(_webhook_target, config.webhooks), *_hubs(config)]


def _webhook_target(webhook: Webhook) -> Target:
    url, secret, mistake = webhook.url, "", ""
    try:
        url = url or read_address(webhook.url_env)
        secret = read_secret(webhook.secret_env, signs=webhook.shape == "json") if webhook.secret_env else ""
    except SecretError as problem:
        mistake = str(problem)
    name = f"{webhook.feed}: {webhook.shape} at {origin_of(url) if url else webhook.url_env}"
    return Target(target_id(webhook), name, url, webhook.timeout, webhook, secret, mistake)


def _hubs(config: Config) -> Iterator[Target]:
    for hub in config.service.hubs:
        yield Target(hub_id(hub), f"hub {origin_of(hub)}", hub, HUB_TIMEOUT, None, "", "")
