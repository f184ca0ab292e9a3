"""HTTP/1.1 as the API speaks it: requests read from a connection, answers written to it, connections handed over."""
import asyncio, contextlib, dataclasses, json, socket, struct, urllib.parse

from cluster.failure import bad_request

HEAD_LIMIT, BODY_LIMIT = 1 << 20, 16 << 20
REASONS = {100: "Continue", 101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 400: "Bad Request",
           401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
           409: "Conflict", 410: "Gone", 413: "Request Entity Too Large", 415: "Unsupported Media Type",
           422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented",
           502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class Malformed(Exception):
    """What came is no HTTP request."""


@dataclasses.dataclass
class Request:
    method: str
    target: str
    headers: list  # as sent: (name, value)
    body: bytes
    connection: "Connection"
    user: object = None

    def __post_init__(self):
        path, _, query = self.target.partition("?")
        self.path = urllib.parse.unquote(path)
        self.raw_path, self.raw_query = path, query
        self.query = urllib.parse.parse_qs(query, keep_blank_values=True)

    def header(self, name, default=""):
        return next((value for key, value in self.headers if key.lower() == name), default)

    def parameter(self, name, default=""):
        return self.query.get(name, [default])[0]

    def number(self, name):
        """A parameter that is a number, 0 if it is not there."""
        text = self.parameter(name, "0") or "0"
        if not text.isdecimal():
            raise bad_request(f'{name}: Invalid value: "{text}": not a number')
        return int(text)

    def flag(self, name):
        return self.parameter(name).lower() in ("true", "1")

    @property
    def content_type(self):
        return self.header("content-type").partition(";")[0].strip()


@dataclasses.dataclass
class Response:
    """An answer with a length. `sent` is its object, for the audit log."""
    code: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict = dataclasses.field(default_factory=dict)
    sent: object = None
    cut: bool = False  # a fault: half of the body, then the connection's end


@dataclasses.dataclass
class Stream:
    """An answer in chunks, as long as there are any; `stop` is called when the client has gone."""
    code: int
    chunks: object
    stop: object = None
    content_type: str = "application/json"
    headers: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Handover:
    """The connection is no longer HTTP: `run(reader, writer)` has it until it ends."""
    run: object


def answer(code, data, **headers):
    return Response(code, json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode(), headers=headers, sent=data)


class Connection:
    """One client's connection: requests one after the other."""

    def __init__(self, reader, writer, handle):
        self.reader, self.writer, self.handle = reader, writer, handle
        self.certificate = writer.get_extra_info("peercert")
        self.peer = writer.get_extra_info("peername")

    @property
    def gone(self):
        return self.reader.at_eof() or self.writer.is_closing()

    def reset(self):
        """Ends the connection with a reset, as a server that is killed does."""
        if plain := self.writer.get_extra_info("socket"):
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def serve(self):
        try:
            while (request := await self.read()) and await self.reply(request, await self.handle(request)):
                pass
        except Malformed as error:
            await self.reply(None, Response(400, str(error).encode(), "text/plain", {"Connection": "close"}))
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError):
            pass
        finally:
            self.writer.close()

    async def read(self):
        """The next request, or None when the client has closed."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        words = first.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise Malformed(f"not a request: {first[:80]}")
        headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        request = Request(words[0], words[1], headers, b"", self)
        if request.header("expect").lower() == "100-continue":
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            request.body = await self.read_body(request)
        except ValueError as error:
            raise Malformed(f"not the length of a body: {error}") from error
        return request

    async def read_body(self, request):
        if "chunked" in request.header("transfer-encoding").lower():
            parts = []
            while size := int((await self.reader.readline()).split(b";")[0], 16):
                parts.append(await self.reader.readexactly(size))
                await self.reader.readline()
            while (await self.reader.readline()).strip():
                pass
            return b"".join(parts)
        length = int(request.header("content-length", "0") or 0)
        if length > BODY_LIMIT:
            raise Malformed("the body is too large")
        return await self.reader.readexactly(length) if length else b""

    async def reply(self, request, response):
        """Writes an answer; whether the connection goes on."""
        if isinstance(response, Handover):
            await response.run(self.reader, self.writer)
            return False
        close = request is None or request.header("connection").lower() == "close"
        if isinstance(response, Stream):
            await self.write_stream(response)
        else:
            head_only = request is not None and request.method == "HEAD"
            self.write_head(response, {"Content-Length": str(len(response.body))})
            body = b"" if head_only else response.body
            self.writer.write(body[:len(body) // 2] if response.cut else body)
            await self.writer.drain()
        return not close and not getattr(response, "cut", False)

    def write_head(self, response, more):
        headers = {"Content-Type": response.content_type, "Cache-Control": "no-cache, private", **response.headers, **more}
        # A header may stand more than once, e.g. Warning.
        lines = [f"{name}: {value}" for name, values in headers.items() for value in (values if isinstance(values, list) else [values])]
        reason = REASONS.get(response.code, "Unknown")
        self.writer.write("\r\n".join([f"HTTP/1.1 {response.code} {reason}", *lines, "", ""]).encode())

    async def write_stream(self, response):
        self.write_head(response, {"Transfer-Encoding": "chunked"})
        await self.writer.drain()
        listening = asyncio.ensure_future(self.until_gone(response.stop))
        try:
            async with contextlib.aclosing(response.chunks) as chunks:
                async for chunk in chunks:
                    self.writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                    await self.writer.drain()
        finally:
            listening.cancel()
        if self.gone:
            raise ConnectionResetError
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def until_gone(self, stop):
        """A client says nothing while it is answered: what comes is its end."""
        with contextlib.suppress(OSError):
            await self.reader.read(1)
        if stop and self.gone:
            stop()
