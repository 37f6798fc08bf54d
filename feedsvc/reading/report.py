"""What reading and matching came to: counted by each step, added up by the conductor."""

from __future__ import annotations

from dataclasses import dataclass

from feedsvc.model import Fault


@dataclass(frozen=True, slots=True)
class IngestReport:
    documents_seen: int = 0
    documents_parsed: int = 0
    feeds_asked: int = 0
    feeds_unchanged: int = 0  # known by the server's word or by their bytes: not parsed
    pages_read: int = 0  # of articles whose feed has a summary only
    articles_new: int = 0
    articles_revised: int = 0
    articles_joined: int = 0  # placed in an event that another article had founded
    events_founded: int = 0
    events_absorbed: int = 0
    troubles_changed: int = 0  # that began, ended or are another now: to be published too
    faults: tuple[Fault, ...] = ()

    def __add__(self, other: IngestReport) -> IngestReport:
        return IngestReport(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))
