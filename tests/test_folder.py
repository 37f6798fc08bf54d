"""Saved articles: what is found, what is read, and that every bad document is named with how to mend it."""

import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.model import Document, Fault
from feedsvc.sources import folder
from feedsvc.sources.folder import Listing

CAPTURE = "<!--1706483701000-->"
LINK = "[标题](https://news.example/a/1)"
LISTING = Listing("saved/a.md", Path("a.md"), 10, 7)


def write(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def listed(root: Path) -> list[Listing | Fault]:
    return list(folder.list_documents(root, "saved", "s"))


def origins(root: Path) -> list[str]:
    return [found.origin for found in listed(root)]


def parsed(content: str | bytes) -> Document | Fault:
    data = content.encode("utf-8") if isinstance(content, str) else content
    return folder.parse_document(LISTING, data, "s")


def document(content: str | bytes) -> Document:
    found = parsed(content)
    assert isinstance(found, Document), found
    return found


def problem(content: str | bytes) -> str:
    found = parsed(content)
    assert isinstance(found, Fault)
    assert (found.source, found.origin) == ("s", "saved/a.md")
    assert "\n" not in found.problem
    return found.problem


def test_articles_of_all_levels_sorted_by_origin(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.txt", "a.html", "c/d/e/f.HTM"):
        write(tmp_path / name)
    assert origins(tmp_path) == ["saved/a.html", "saved/a/z.txt", "saved/b.md", "saved/c/d/e/f.HTM"]


def test_size_and_modification_time_are_the_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.md", "four")
    os.utime(path, ns=(1, 123_456_789))
    assert listed(tmp_path) == [Listing("saved/a.md", path, 4, 123_456_789)]


@pytest.mark.parametrize("name", [".a.md", ".git/a.md", "README.md", "ReadMe.txt", "a.jsonl", "a", "a.md.tmp"])
def test_what_is_no_article_is_skipped(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    assert origins(tmp_path) == []


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.md")
    (tmp_path / "in" / "loop").symlink_to(tmp_path)
    assert origins(tmp_path) == ["saved/in/a.md"]


def test_a_link_to_a_file_is_that_article_and_a_link_to_nothing_a_fault(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere.dat")
    (tmp_path / "good.md").symlink_to(tmp_path / "elsewhere.dat")
    (tmp_path / "lost.md").symlink_to(tmp_path / "nowhere")
    good, lost = listed(tmp_path)
    assert isinstance(good, Listing)
    assert isinstance(lost, Fault)
    assert "restore or remove" in lost.problem


def test_pipes_and_sockets_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    os.mkfifo("pipe.md")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.md")
        assert origins(tmp_path) == []


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    (fault,) = listed(tmp_path / "none")
    assert isinstance(fault, Fault)
    assert (fault.source, fault.origin) == ("s", "saved")
    assert "create it or correct `path`" in fault.problem


def test_a_file_in_place_of_the_folder_is_a_fault(tmp_path: Path) -> None:
    (fault,) = listed(write(tmp_path / "a.md"))
    assert isinstance(fault, Fault)
    assert "not a folder" in fault.problem


def test_an_unreadable_folder_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "locked" / "a.md")
    write(tmp_path / "open" / "b.md")
    scandir = os.scandir

    def refusing(place: Path) -> object:
        if Path(place).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refusing)  # permissions do not hold for root, who may run the tests
    locked, article = listed(tmp_path)
    assert isinstance(locked, Fault)
    assert locked.origin == "saved/locked"
    assert "permission" in locked.problem
    assert article.origin == "saved/open/b.md"


def test_a_name_that_is_no_utf8_or_has_a_line_break_still_makes_one_printable_line(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md"))).write_bytes(b"x")
    write(tmp_path / "a\nb.md")
    assert origins(tmp_path) == ["saved/\\xff.md", "saved/a\\nb.md"]


def test_bytes_are_read_whole(tmp_path: Path) -> None:
    write(tmp_path / "a.md", "内容")
    (listing,) = listed(tmp_path)
    assert isinstance(listing, Listing)
    assert folder.read_bytes(listing, "s") == "内容".encode()


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    huge = Listing("saved/a.md", tmp_path / "must-not-be-opened", 50 * 2**20, 0)
    fault = folder.read_bytes(huge, "s")
    assert isinstance(fault, Fault)
    assert "larger than 16 MiB" in fault.problem


def test_a_file_that_grew_since_it_was_listed_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    with path.open("wb") as file:
        file.truncate(folder.LARGEST_DOCUMENT + 1)
    assert isinstance(folder.read_bytes(Listing("saved/a.md", path, 1, 0), "s"), Fault)


def test_a_file_that_vanished_is_a_fault(tmp_path: Path) -> None:
    fault = folder.read_bytes(Listing("saved/a.md", tmp_path / "gone.md", 1, 0), "s")
    assert isinstance(fault, Fault)
    assert fault.problem.startswith("is gone")


def test_the_envelope_comes_off() -> None:
    found = document(f"{CAPTURE}\n{LINK}\n------\n\n<p>一</p>\n")
    assert found.captured == datetime(2024, 1, 28, 23, 15, 1, tzinfo=UTC)
    assert (found.title, found.url, found.html) == ("标题", "https://news.example/a/1", "<p>一</p>")


def test_byte_order_mark_and_crlf_are_fine() -> None:
    found = document(b"\xef\xbb\xbf" + f"{CAPTURE}\r\n{LINK}\r\n------\r\n\r\n<p>x</p>\r\n".encode())
    assert (found.title, found.html) == ("标题", "<p>x</p>")


@pytest.mark.parametrize(
    "title",
    ["a [影]", "(a) b", "a](b) c", "[[x]]", "1) one ] two )", "多 行"],
    ids=["]", ")", "](", "[[", "mixed", "blank"],
)
def test_a_title_may_hold_any_bracket(title: str) -> None:
    found = document(f"{CAPTURE}\n[{title}](https://news.example/a_(b))\n------\n")
    assert (found.title, found.url) == (title, "https://news.example/a_(b)")


def test_an_empty_title_is_left_to_the_ladder_of_titles() -> None:
    assert document(f"{CAPTURE}\n[](https://news.example/1)\n------\n<p>x</p>").title == ""


def test_dashes_within_the_html_do_not_end_it() -> None:
    assert document(f"{CAPTURE}\n{LINK}\n------\n<p>a</p>\n------\n<p>b</p>").html == "<p>a</p>\n------\n<p>b</p>"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        (b"\xff\xfe<\x00", "is not UTF-8 (byte 0)"),
        (f"{LINK}\n------\n<p>x</p>", "no capture time on the first line"),
        (f"<!-- yesterday -->\n{LINK}\n------\n", "no capture time on the first line"),
        (f"<!--1706483701-->\n{LINK}\n------\n", "absurd capture time 1706483701"),
        (f"<!---5-->\n{LINK}\n------\n", "absurd capture time -5"),
        (f"<!--99999999999999999999-->\n{LINK}\n------\n", "absurd capture time"),
        (f"{CAPTURE}\n{LINK}\n<p>x</p>", "no line of dashes"),
        (f"{CAPTURE}\n------\n<p>x</p>", "no line [title](url)"),
        (f"{CAPTURE}\nheadline\n------\n<p>x</p>", "no line [title](url)"),
        (f"{CAPTURE}\n[title]\n------\n<p>x</p>", "no line [title](url)"),
        (f"{CAPTURE}\n[title]()\n------\n<p>x</p>", "no http or https address"),
        (f"{CAPTURE}\n[title](javascript:alert(1))\n------\n", "no http or https address"),
        (f"{CAPTURE}\n[title](http://[::1)\n------\n", "no http or https address"),
    ],
)
def test_a_bad_document_is_named_with_what_is_wrong(content: str | bytes, words: str) -> None:
    assert words in problem(content)


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    assert isinstance(parsed(data), Document | Fault)


@given(st.text(max_size=80), st.text(max_size=200))
def test_no_text_behind_a_capture_time_raises(head: str, html: str) -> None:
    assert isinstance(parsed(f"{CAPTURE}\n{head}\n------\n{html}".encode("utf-8", "replace")), Document | Fault)


def test_a_draft_states_what_the_document_states() -> None:
    found = document(f"{CAPTURE}\n{LINK}\n------\n<p>x</p>")
    draft = folder.draft(found, "s")
    assert (draft.source, draft.origin, draft.captured) == ("s", found.origin, found.captured)
    assert (draft.url, draft.title, draft.html) == (found.url, found.title, found.html)
    assert (draft.publisher, draft.published, draft.native_id) == ("", None, "")
