"""A DNS resolver over HTTP/2, by the h2 library, that can be told to misbehave."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RemoteSettingsChanged, RequestReceived, StreamEnded, WindowUpdated
from h2.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from h2.settings import SettingCodes

    from tests.helpers.resolvers import Peer


class Request(NamedTuple):
    """One whole request on its stream."""

    stream: int
    headers: dict[str, str]
    body: bytes


class H2Resolver:
    """Serves connections; *act* is called with (server, request) and answers as it likes."""

    def __init__(
        self, act: Callable[[H2Resolver, Request], None], settings: dict[SettingCodes, int] | None = None
    ) -> None:
        self._act = act
        self._settings = settings or {}
        self.connections = 0
        self.requests: list[Request] = []
        self.h2: H2Connection
        self.peer: Peer
        self._unsent: dict[int, bytes] = {}

    async def serve(self, peer: Peer) -> None:
        """Speak HTTP/2 until the client ends; one connection at a time."""
        self.connections += 1
        self.peer, self._unsent = peer, {}
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.local_settings = Settings(client=False, initial_values=self._settings)
        self.h2.initiate_connection()
        self.flush()
        heads: dict[int, dict[str, str]] = {}
        bodies: dict[int, bytes] = {}
        while data := await peer.reader.read(65_536):
            for event in self.h2.receive_data(data):
                if isinstance(event, RequestReceived):
                    heads[event.stream_id] = {str(name): str(value) for name, value in event.headers}
                    bodies[event.stream_id] = b""
                elif isinstance(event, DataReceived):
                    bodies[event.stream_id] += event.data
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, StreamEnded):
                    request = Request(event.stream_id, heads.pop(event.stream_id), bodies.pop(event.stream_id))
                    self.requests.append(request)
                    self._act(self, request)
                elif isinstance(event, WindowUpdated | RemoteSettingsChanged):
                    self._go_on()
            self.flush()
            if peer.writer.is_closing():
                return

    def flush(self) -> None:
        """Write what h2 has prepared."""
        self.peer.writer.write(self.h2.data_to_send())

    def respond(self, stream: int, body: bytes, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """A response, its body as far as the client's windows allow and the rest later."""
        fields = [(":status", str(status)), ("content-type", "application/dns-message"), *headers]
        self.h2.send_headers(stream, fields)
        self._unsent[stream] = body
        self._go_on()

    def _go_on(self) -> None:
        for stream, body in list(self._unsent.items()):
            left = body
            while left:
                size = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(left))
                if size <= 0:
                    break
                self.h2.send_data(stream, left[:size])
                left = left[size:]
            self._unsent[stream] = left
            if not left:
                self.h2.end_stream(stream)
                del self._unsent[stream]
