"""Imports run downward only: each room may know the rooms listed with it, and no other."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "feedsvc"
TOP = {"errors", "exposition", "freshness", "language", "logs", "media", "model", "place", "program", "scripts", "text"}
PURE = {"composing", "normalise", "sanitising", "events", "topics", "paging", "render", "troubles"}
OUTER = {"config", "sources", "publishers", "storage", "store", "judge"}
JOINERS = {"judging"}  # what a conductor needs of several outer rooms at once
# What is long enough to stand beside its conductor.
STEPS = {"archiving", "output", "placing", "reading", "recovery", "retention"}
WATCHING = {"telling", "watching"}  # what conductors and inquiries alike tell of events, and of how all is
CONDUCTORS = {"ingest", "publish", "naming", "notify", "subscriptions"}
# A cycle joins the two conductors; an inquiry reads what they left; corrections change it.
WHOLE = {"condition", "cycle", "inquiry", "corrections", "doctor", "mending", "quiet", "upkeep"}
EDGES = {"cli", "daemon", "hub", "web", "worker"}
MAY_KNOW = (
    {room: set() for room in TOP}
    | dict.fromkeys(PURE, TOP)
    | {"disk": set()}
    | dict.fromkeys(OUTER, TOP | {"disk"})
    | dict.fromkeys(JOINERS, TOP | OUTER)
    | dict.fromkeys(STEPS, TOP | PURE | OUTER)
    | dict.fromkeys(WATCHING, TOP | PURE | OUTER | STEPS)
    | dict.fromkeys(CONDUCTORS, TOP | PURE | OUTER | JOINERS | STEPS | WATCHING)
    | dict.fromkeys(WHOLE, TOP | PURE | OUTER | JOINERS | STEPS | WATCHING | CONDUCTORS)
    | dict.fromkeys(EDGES, TOP | PURE | OUTER | JOINERS | CONDUCTORS | WHOLE)
)
MAY_KNOW["normalise"] = TOP | {"sanitising"}
MAY_KNOW["freshness"] = {"media"}
MAY_KNOW["archiving"] = MAY_KNOW["archiving"] | {"output"}  # where the pages stand
MAY_KNOW["language"] = {"scripts"}  # its half that needs NumPy
MAY_KNOW["archiving"] = MAY_KNOW["archiving"] | {"output"}  # into which it puts what it linked anew
MAY_KNOW["publishing"] = MAY_KNOW["publish"]  # its heavy half, in a package of its own
MAY_KNOW["publish"] = MAY_KNOW["publish"] | {"publishing"}
MAY_KNOW["hub"] = TOP | OUTER | {"web"}  # a part of the server: neither articles nor events
MAY_KNOW["upkeep"] = MAY_KNOW["upkeep"] | {"cycle"}  # to prune is a cycle that reads nothing
MAY_KNOW["quiet"] = TOP | {"config", "publishing", "reading"}  # not the store: it is there to do without
MAY_KNOW["cycle"] = MAY_KNOW["cycle"] | {"mending", "quiet"}  # a damaged state may be begun anew within one
MAY_KNOW["doctor"] = MAY_KNOW["doctor"] | {"condition"}  # some of what it looks at was asked before
# It cuts a cycle into jobs, and has the manners of the daemon: settings, signals, what is said.
MAY_KNOW["worker"] = MAY_KNOW["worker"] | {"daemon"} | STEPS | WATCHING
MAY_KNOW["cli"] = MAY_KNOW["cli"] | EDGES  # the command line starts the others
# What a pure room must not reach for: files, network, processes, randomness, the wall clock.
IMPURE = {"os", "io", "socket", "subprocess", "random", "time", "httpx", "sqlalchemy", "shutil", "tempfile", "asyncio"}


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if "migrations" not in p.parts)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Absolute dotted names of all that a module imports, at any depth of its code."""
    package = ["feedsvc", *path.relative_to(PACKAGE).parts[:-1]]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{stem}.{alias.name}" for alias in node.names}
    return found


def rooms_known(path: Path) -> set[str]:
    parts = [name.split(".") for name in imports(path) if name.startswith("feedsvc.")]
    return {p[1] for p in parts if p[1] != "__version__"}


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downward(path: Path) -> None:
    room = room_of(path)
    if room in ("__init__", "__main__"):
        return
    assert room in MAY_KNOW, f"{room} is a new room: say in this test what it may know"
    assert rooms_known(path) - {room} <= MAY_KNOW[room]


@pytest.mark.parametrize(
    "path", [p for p in modules() if room_of(p) in PURE | TOP], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_pure_rooms_reach_for_nothing(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & IMPURE


@pytest.mark.parametrize(
    "path", [p for p in modules() if room_of(p) in PURE | TOP], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_pure_rooms_have_no_clock(path: Path) -> None:
    called = {
        node.attr for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert not called & {"now", "utcnow", "today"}


def test_modules_of_one_room_form_no_cycle() -> None:
    known = {
        ".".join(("feedsvc", *p.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): imports(p)
        for p in modules()
    }
    graph = {
        name: {t for t in known if t != name and any(i == t or i.startswith(t + ".") for i in found)}
        for name, found in known.items()
    }
    # Importing feedsvc.x.y names its package feedsvc.x too: only the deepest module counts.
    graph = {
        name: {t for t in targets if not any(o != t and o.startswith(t + ".") for o in targets)}
        for name, targets in graph.items()
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, f"cycle: {' -> '.join((*path, name))}"
        if name not in done:
            for target in graph[name]:
                visit(target, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())
