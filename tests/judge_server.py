"""A judge on the loopback interface that speaks the real protocol (OpenAI's chat completions), well or badly.

`JudgeServer(answers(choose))` answers as `choose` says; other behaviours fail in the ways that servers fail. Used by
the tests, and by measurements with `answers_from_labels`. Never calls the program.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Shown = Mapping[str, Any]  # an article as the judge reads it: title, lead, publisher, published
Choose = Callable[[Shown, Sequence[Shown]], Collection[int]]
Behaviour = Callable[["Conversation"], None]


class Conversation(BaseHTTPRequestHandler):
    """One connection; a behaviour is handed it for every question."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: apart, the second would wait for the first's acknowledgement
    server: JudgeServer
    payload: dict[str, Any]

    def do_POST(self) -> None:
        self.payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard(self)
        self.server.behaviour(self)
        self.wfile.flush()

    def question(self) -> tuple[Shown, Sequence[Shown]]:
        """The article and the candidates of the question."""
        system, user = self.payload["messages"]
        assert (system["role"], user["role"]) == ("system", "user")
        data = json.loads(user["content"])
        assert [candidate["number"] for candidate in data["candidates"]] == list(range(len(data["candidates"])))
        return data["article"], data["candidates"]

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def say(self, content: object) -> None:
        """A chat completion with this message (a string, if the judge is sane)."""
        message = {"role": "assistant", "content": content}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        completion = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "choices": choices}
        self.send(200, json.dumps(completion).encode())

    def log_message(self, *_: object) -> None:
        pass


class JudgeServer(ThreadingHTTPServer):
    """Serves until the end of the `with` block; remembers every request."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.behaviour = behaviour
        self.payloads: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.peers: set[tuple[str, int]] = set()  # one for each connection
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def heard(self, conversation: Conversation) -> None:
        self.payloads.append(conversation.payload)
        self.paths.append(conversation.path)
        self.headers.append(dict(conversation.headers))
        self.peers.add(conversation.client_address)

    def handle_error(self, *_: object) -> None:
        pass  # a client that hangs up is what many tests are about

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()


def answers(choose: Choose) -> Behaviour:
    """A sane judge."""
    return lambda conversation: conversation.say(json.dumps({"same": sorted(choose(*conversation.question()))}))


def says(content: object) -> Behaviour:
    """The same message to every question."""
    return lambda conversation: conversation.say(content)


def answers_after(seconds: float, choose: Choose) -> Behaviour:
    """A sane judge that takes its time."""

    def behave(conversation: Conversation) -> None:
        conversation.server.over.wait(seconds)
        answers(choose)(conversation)

    return behave


def replies(status: int, body: bytes = b"{}", **headers: str) -> Behaviour:
    return lambda conversation: conversation.send(status, body, **headers)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One behaviour for each request, the last one for all that follow."""
    return lambda conversation: behaviours[min(len(conversation.server.payloads), len(behaviours)) - 1](conversation)


def knows_no_schema(status: int, otherwise: Behaviour) -> Behaviour:
    """Refuses a JSON schema with this status, as older servers do; plain JSON is fine."""

    def behave(conversation: Conversation) -> None:
        if conversation.payload["response_format"]["type"] == "json_schema":
            conversation.send(status, b'{"error": {"message": "response_format.type must be text or json_object"}}')
        else:
            otherwise(conversation)

    return behave


def takes_no(parameter: str, otherwise: Behaviour) -> Behaviour:
    """Refuses a parameter, as hosted models do with those that they have outgrown."""

    def behave(conversation: Conversation) -> None:
        if parameter in conversation.payload:
            conversation.send(400, b'{"error": {"type": "invalid_request_error", "code": "unsupported_parameter"}}')
        else:
            otherwise(conversation)

    return behave


def hangs(conversation: Conversation) -> None:
    conversation.wfile.flush()
    conversation.server.over.wait()


def drips(opening: bytes) -> Behaviour:
    """After this opening one byte every hundredth of a second, without end."""

    def behave(conversation: Conversation) -> None:
        conversation.wfile.write(opening)
        while not conversation.server.over.is_set():
            conversation.wfile.write(b"x")
            conversation.wfile.flush()
            time.sleep(0.01)

    return behave


def closes(conversation: Conversation) -> None:
    conversation.close_connection = True


def answers_from_labels(labels: Mapping[str, str], error_share: float, seed: int) -> Choose:
    """Right by the labels (`name_of` an article as shown -> its event), but for a share of the questions wrong.

    Whether a question is answered wrongly, and how, follows from its words and the seed, not from the order of asking.
    """

    def choose(article: Shown, candidates: Sequence[Shown]) -> Collection[int]:
        names = [name_of(shown) for shown in (article, *candidates)]
        event, *others = (labels[name] for name in names)
        right = {number for number, other in enumerate(others) if other == event}
        chance = random.Random("\n".join([str(seed), *names]))
        if chance.random() >= error_share:
            return right
        return chance.choice([wrong for wrong in (set(), *({n} for n in range(len(others)))) if wrong != right])

    return choose


def name_of(shown: Shown) -> str:
    """What tells an article from others in a question: headlines alone recur."""
    return "\t".join(str(shown[part]) for part in ("title", "lead", "publisher", "published"))
