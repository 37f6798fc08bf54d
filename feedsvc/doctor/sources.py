"""The configuration and its sources: what came of each last time, what is overdue, and what they answer now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median

from feedsvc import condition
from feedsvc.config import Config
from feedsvc.doctor.finding import Finding, bad, ok, warn
from feedsvc.ingest import look_at

# Whoever updates seldom, once an hour, is not overdue; who was a day late does not run at all.
LATE, MUCH_TOO_LATE = timedelta(hours=1, minutes=15), timedelta(days=1)
SKEW_AT_MOST = timedelta(minutes=5)


def configuration(config: Config) -> Iterator[Finding]:
    service, enabled = config.service, [source for source in config.sources if source.enabled]
    yield ok("configuration", f"{config.path}: {len(enabled)} sources enabled, {len(config.feeds)} feeds")
    if not enabled:
        yield warn("configuration", "no source is enabled", "set enabled = true")
    if not service.base_url:
        words = "no base_url: feeds carry no address of their own, and there is no archive"
        yield warn("configuration", words, "set [service] base_url to where the output is served")
    if not service.contact and any(source.url for source in enabled):
        words = "no contact: publishers cannot reach you, and may block you instead"
        yield warn("configuration", words, "set [service] contact to an e-mail address or web page")


def sources(config: Config) -> Iterator[Finding]:
    for row in condition.source_rows(config):
        check = f"source {row['id']}"
        if not row["enabled"]:
            continue
        if not row["outcome"]:
            yield warn(check, "was never read", "run `feedsvc update`")
        elif row["outcome"] != "ok":
            since = f"; its last good answer came {row['succeeded']}" if row["succeeded"] else ""
            yield bad(check, f"{row['outcome']}{since}", f"mend it, then `feedsvc update --source {row['id']}`")
        elif row.get("warning"):
            yield warn(check, row["warning"], "set `every` as it says")
        else:
            yield ok(check, f"read {row['checked']}; {row['articles']} articles, newest {row['newest'] or 'none'}")


def schedule(config: Config, now: datetime) -> Iterator[Finding]:
    """Whether anybody runs updates: whatever is due is read within minutes by the daemon, within the hour by cron."""
    dues = {row["id"]: row["due"] for row in condition.source_rows(config) if row["enabled"] and row["due"]}
    if not dues:
        return
    first = min(dues, key=lambda id_: dues[id_])
    late = now - datetime.fromisoformat(dues[first])
    if late <= LATE:
        yield ok("schedule", "nothing is overdue")
        return
    finding = bad if late > MUCH_TOO_LATE else warn
    words = f"source {first} has been due since {dues[first]}: neither cron nor `feedsvc run` seems to be at work"
    yield finding("schedule", words, "see docs/deployment.md, and `systemctl status feedsvc` or `crontab -l`")


def answers(config: Config, now: datetime) -> Iterator[Finding]:
    ahead: list[float] = []  # seconds
    for look in look_at(config, [source for source in config.sources if source.enabled], now):
        check = f"source {look.source}, asked now"
        if look.date:
            ahead.append((look.date - now).total_seconds())
        yield (
            ok(check, look.found)
            if not look.faults
            else bad(check, look.faults[0].problem, "see whether it opens in a browser")
        )
    if ahead:
        yield _skew(timedelta(seconds=median(ahead)))


def _skew(ahead: timedelta) -> Finding:
    if abs(ahead) <= SKEW_AT_MOST:
        return ok("clock", "agrees with those of the servers")
    minutes = round(abs(ahead) / timedelta(minutes=1))
    words = (
        f"this machine's is {minutes} minutes {'behind' if ahead > timedelta() else 'ahead of'} those of the servers"
    )
    return bad("clock", words, "have it set over the network (timedatectl set-ntp true)")
