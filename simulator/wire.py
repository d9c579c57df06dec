"""The way to the portal that all devices of a fleet share: few connections, and a thin line for each device.

HTTP/1.1 by hand, because httpx spends two milliseconds on a call and ten thousand devices make many. Its requests,
answers and errors are used as they are, so that everything above this does not know the difference.
"""

import asyncio
import ssl
from collections.abc import Mapping

import httpx

CONNECTIONS = 64
SECONDS = 30.0  # to connect, and between two signs of life
LARGEST_HEAD = 1 << 16
LARGEST_BODY = 1 << 26
_BARE = (204, 304)


class Wire(httpx.AsyncBaseTransport):
    """At most `connections` at once, kept open. Made to be used in an `async with`.

    Answers come read to their end.
    """

    def __init__(self, connections: int = CONNECTIONS):
        self._turns = asyncio.Semaphore(connections)
        self._idle: dict[tuple[bytes, str, int], list[_Connection]] = {}
        self._tls: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.TransportError."""
        url = request.url
        place = url.raw_scheme, url.host, url.port or (443 if url.scheme == "https" else 80)
        async with self._turns:
            idle = self._idle.setdefault(place, [])
            while idle:
                connection = idle.pop()
                if connection.dead:
                    connection.close()
                    continue
                try:
                    return await self._ask(connection, request, idle)
                except _ClosedMeanwhile:
                    continue  # the portal closed it before it saw the request: that counts as no try
            try:
                return await self._ask(await self._connect(place, request), request, idle)
            except _ClosedMeanwhile as error:
                raise httpx.RemoteProtocolError("closed without an answer", request=request) from error

    async def aclose(self) -> None:
        for idle in self._idle.values():
            for connection in idle:
                connection.close()
        self._idle.clear()

    async def _connect(self, place: tuple[bytes, str, int], request: httpx.Request) -> "_Connection":
        scheme, host, port = place
        if scheme == b"https" and self._tls is None:
            self._tls = ssl.create_default_context()
        tls = self._tls if scheme == b"https" else None
        try:
            async with asyncio.timeout(SECONDS):
                reader, writer = await asyncio.open_connection(host, port, ssl=tls, limit=LARGEST_HEAD)
        except TimeoutError as error:
            raise httpx.ConnectTimeout("no connection in time", request=request) from error
        except OSError as error:
            raise httpx.ConnectError(str(error), request=request) from error
        return _Connection(reader, writer)

    async def _ask(
        self, connection: "_Connection", request: httpx.Request, idle: list["_Connection"]
    ) -> httpx.Response:
        """One request and its answer; afterwards the connection is idle again, or closed."""
        keep = False
        try:
            answer, keep = await connection.ask(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time", request=request) from error
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
            raise httpx.ReadError(f"the connection broke: {error}", request=request) from error
        except ValueError as error:
            raise httpx.RemoteProtocolError(f"the answer is no HTTP: {error}", request=request) from error
        finally:
            if keep:
                idle.append(connection)
            else:
                connection.close()
        return answer


class _ClosedMeanwhile(Exception):
    """The connection was closed before the first byte of an answer."""


class _Connection:
    """One connection, for one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer

    @property
    def dead(self) -> bool:
        return self._reader.at_eof() or self._writer.is_closing()

    def close(self) -> None:
        self._writer.close()

    async def ask(self, request: httpx.Request) -> tuple[httpx.Response, bool]:
        """The answer, and whether the connection can be used again.

        Raises _ClosedMeanwhile, TimeoutError, OSError, IncompleteReadError, LimitOverrunError and ValueError; and
        what the body of the request raises.
        """
        broken: OSError | None = None
        try:
            head = _head(request)
            async for piece in request.stream:
                self._writer.write(head + piece)
                head = b""
                async with asyncio.timeout(SECONDS):
                    await self._writer.drain()
            if head:  # there was no body
                self._writer.write(head)
        except OSError as error:  # an answer may have come all the same: a refusal, before the body was read
            broken = error
        try:
            return await self._answer(request, keep=broken is None)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise broken or error from None

    async def _answer(self, request: httpx.Request, keep: bool) -> tuple[httpx.Response, bool]:
        status = 100
        while 100 <= status < 200:
            try:
                async with asyncio.timeout(SECONDS):
                    head = await self._reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError as error:
                if error.partial:
                    raise
                raise _ClosedMeanwhile from None
            except ConnectionError:
                raise _ClosedMeanwhile from None
            first, *lines = head[:-4].split(b"\r\n")
            version, number, *_ = first.split(b" ", 2)
            if not version.startswith(b"HTTP/1."):
                raise ValueError(repr(first[:40]))
            status = int(number)
        headers = httpx.Headers([_field(line) for line in lines])
        body, whole = await self._body(request, status, headers)
        again = headers.get("Connection", "").lower() != "close" and version == b"HTTP/1.1"
        return httpx.Response(status, headers=headers, content=body, request=request), keep and again and whole

    async def _body(self, request: httpx.Request, status: int, headers: httpx.Headers) -> tuple[bytes, bool]:
        """(the body, whether its end was told): by chunks, by length, or up to the end of the connection."""
        if request.method == "HEAD" or status in _BARE:
            return b"", True
        if "chunked" in headers.get("Transfer-Encoding", "").lower():
            del headers["Transfer-Encoding"]
            return await self._chunks(), True
        if "Content-Length" in headers:
            length = int(headers["Content-Length"])
            if not 0 <= length <= LARGEST_BODY:
                raise ValueError(f"{length} bytes")
            return await self._exactly(length), True
        async with asyncio.timeout(SECONDS):
            return await self._reader.read(LARGEST_BODY), False

    async def _chunks(self) -> bytes:
        body = bytearray()
        while True:
            async with asyncio.timeout(SECONDS):
                size = int((await self._reader.readuntil(b"\r\n")).partition(b";")[0], 16)
            if size < 0 or len(body) + size > LARGEST_BODY:
                raise ValueError("too large")
            if not size:
                break
            body += await self._exactly(size)
            await self._exactly(2)
        while await self._reader.readuntil(b"\r\n") != b"\r\n":
            pass  # trailers
        return bytes(body)

    async def _exactly(self, length: int) -> bytes:
        async with asyncio.timeout(SECONDS):
            return await self._reader.readexactly(length)


def _head(request: httpx.Request) -> bytes:
    path = request.url.raw_path
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), path)]
    lines += [b"%s: %s" % field for field in request.headers.raw]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon:
        raise ValueError(repr(line[:40]))
    return name.strip(), value.strip()


class Line:
    """What one device has of the wire: the part of httpx.AsyncClient that `Client` uses, at a tenth of its size."""

    __slots__ = ("_base", "transport")

    def __init__(self, base: str, transport: httpx.AsyncBaseTransport):
        self._base, self.transport = base.rstrip("/"), transport

    async def request(
        self, method: str, path: str, *, headers: Mapping[str, str], content: bytes = b""
    ) -> httpx.Response:
        """Raises httpx.TransportError."""
        request = httpx.Request(method, self._base + path, headers=headers, content=content)
        return await self.transport.handle_async_request(request)
