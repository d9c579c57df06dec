"""The wire that a fleet shares, against servers that behave well and servers that do not."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from simulator.wire import Line, Wire

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def with_server(serve: Serve, act: Callable[[Line, Wire], Awaitable], connections: int = 2):
    """act's answer, with a server that does `serve` for each connection."""

    async def go():
        async def safe(reader, writer):
            try:
                await serve(reader, writer)
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(safe, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with Wire(connections) as wire:
            try:
                return await asyncio.wait_for(act(Line(f"http://127.0.0.1:{port}", wire), wire), 10)
            finally:
                server.close()

    return asyncio.run(go())


async def read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    return head, await reader.readexactly(length)


def say(answer: bytes, times: int = 99) -> Serve:
    async def serve(reader, writer):
        for _ in range(times):
            await read(reader)
            writer.write(answer)
            await writer.drain()

    return serve


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def test_connections_are_few_and_used_again():
    opened = []

    async def serve(reader, writer):
        opened.append(1)
        await say(OK)(reader, writer)

    async def act(line, _):
        answers = await asyncio.gather(*(line.request("POST", "/x", headers={}, content=b"{}") for _ in range(40)))
        return [answer.json() for answer in answers]

    assert with_server(serve, act, connections=3) == [{}] * 40
    assert len(opened) == 3


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (OK, 200, b"{}"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", 200, b"abcde"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"{}"),
        (b"HTTP/1.0 503 Busy\r\nRetry-After: 3\r\n\r\nlater", 503, b"later"),
        (b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 413, b""),
    ],
)
def test_answers_are_read_to_their_end_and_the_next_one_follows(answer, status, body):
    closing = b"HTTP/1.0" in answer or b"close" in answer

    async def act(line, _):
        first = await line.request("POST", "/x", headers={"A": "b"}, content=b"{}")
        second = await line.request("POST", "/x", headers={"A": "b"}, content=b"{}")
        return [(one.status_code, one.content) for one in (first, second)]

    assert with_server(say(answer, 1 if closing else 99), act) == [(status, body)] * 2


def test_a_connection_that_the_server_closed_meanwhile_is_no_failure():
    async def act(line, _):
        for _ in range(3):
            answer = await line.request("POST", "/x", headers={}, content=b"{}")
            await asyncio.sleep(0.02)
        return answer.status_code

    assert with_server(say(OK, 1), act) == 200


def test_a_refusal_before_the_body_was_read_is_heard():
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read(1 << 24)

    async def act(line, _):
        return (await line.request("PUT", "/x", headers={}, content=b"x" * 50_000)).status_code

    assert with_server(serve, act) == 413


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Le", httpx.ReadError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", httpx.ReadError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", httpx.RemoteProtocolError),
        (b"SSH-2.0-server\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000, httpx.ReadError),
    ],
)
def test_a_broken_answer_is_a_transport_error(answer, error):
    async def act(line, _):
        with pytest.raises(error):
            await line.request("POST", "/x", headers={}, content=b"{}")

    with_server(say(answer, 1), act)


def test_nobody_there_is_a_transport_error():
    async def act():
        async with Wire() as wire:
            with pytest.raises(httpx.ConnectError):
                await Line("http://127.0.0.1:9", wire).request("POST", "/x", headers={})

    asyncio.run(act())


def test_a_body_that_breaks_off_breaks_the_connection_and_not_the_wire():
    class Half(httpx.AsyncByteStream):
        async def __aiter__(self):
            yield b"half"
            raise httpx.WriteError("broke")

    async def act(line, wire):
        request = httpx.Request("PUT", line._base + "/x", content=b"halfhalf")
        request.stream = Half()
        with pytest.raises(httpx.WriteError):
            await wire.handle_async_request(request)
        return (await line.request("PUT", "/x", headers={}, content=b"whole")).status_code

    assert with_server(say(OK), act, connections=1) == 200
