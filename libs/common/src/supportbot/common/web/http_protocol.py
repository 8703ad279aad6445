"""HTTP/1.1 by a parser in C, with the limit that it lacks."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT = 64 * 1024


class BoundedHttpProtocol(HttpToolsProtocol):
    """Refuses a request line, headers or trailers without end, which the parser would keep in memory."""

    _kept = 0
    """Bytes since the parser last gave away what it keeps; a network read more than the limit at most."""

    def data_received(self, data: bytes) -> None:
        self._kept += len(data)
        super().data_received(data)
        if self._kept > HEAD_LIMIT and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        self._kept = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._kept = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._kept = 0
        super().on_message_complete()
