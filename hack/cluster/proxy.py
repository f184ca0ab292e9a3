"""To the node's agent: logs, exec, attach, port forwarding, and its own API.

Parameters are renamed as the API server does it; after an upgrade, SPDY or WebSocket, bytes pass as they are."""
import asyncio, ssl, urllib.parse

from cluster import failure
from cluster.failure import Failure
from cluster.resources import BY_PLURAL
from cluster.targets import Target
from cluster.wire import Handover, Response, Stream

OURS = ("host", "authorization", "content-length", "transfer-encoding", "expect")
LOG = ("follow", "previous", "timestamps", "sinceSeconds", "sinceTime", "tailLines", "limitBytes", "stream")
BLOCK = 1 << 16


class Answer:
    """The head of an agent's answer, and the connection that its body comes from."""

    def __init__(self, head, reader, writer):
        self.head, self.reader, self.writer = head, reader, writer
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        self.code = int(first.split(" ")[1])
        self.headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    async def body(self, gone=lambda: False):
        """Pieces of the body, until its end or until nobody wants it any more."""
        try:
            if self.code == 204 or self.headers.get("content-length") == "0":
                return
            chunked, left = "chunked" in self.headers.get("transfer-encoding", ""), int(self.headers.get("content-length", -1))
            while left != 0:
                if chunked and not (size := int((await self.patiently(self.reader.readline, gone) or b"0").split(b";")[0], 16)):
                    return
                data = await (self.reader.readexactly(size) if chunked else self.patiently(lambda: self.reader.read(BLOCK), gone))
                if not data:
                    return
                if chunked:
                    await self.reader.readline()
                left -= 0 if left < 0 else len(data)
                yield data
        finally:
            self.writer.close()

    async def patiently(self, read, gone):
        while not gone():
            task = asyncio.ensure_future(read())
            while not task.done() and not gone():
                await asyncio.wait([task], timeout=1)
            if task.done():
                return task.result()
            task.cancel()
        return b""

    async def whole(self):
        return b"".join([piece async for piece in self.body()])


class Proxy:
    def __init__(self, server):
        self.server = server

    async def serve(self, request, target):
        node, path = self.node_api(request, target) if target.plural == "nodes" else self.pod_api(request, target)
        answer = await self.ask(request, node, path)
        if answer.code == 101:
            return Handover(lambda reader, writer: self.join(answer, reader, writer))
        if target.subresource == "log" and not 200 <= answer.code <= 206:
            raise self.log_failure(target, answer.code, (await answer.whole()).decode(errors="replace"))
        kind = answer.headers.get("content-type", "text/plain")
        if target.subresource in ("exec", "attach", "portforward"):
            kept = {"X-Accepted-Stream-Protocol-Versions": answer.headers.get("x-accepted-stream-protocol-versions")}
            return Response(answer.code, await answer.whole(), kind, {name: value for name, value in kept.items() if value})
        return Stream(answer.code, answer.body(lambda: request.connection.gone), kind)

    def log_failure(self, target, code, text):
        text = text.strip()
        if code == 500:
            return Failure(500, "InternalError", f"Internal error occurred: {text}")
        if code == 400:
            return failure.bad_request(text)
        message = f"the server could not find the requested resource ( {target.what} {target.name}): {text}" if code == 404 else text
        return Failure(code, "NotFound" if code == 404 else "Unknown", message, failure.details(target.resource, target.name))

    # Where to ask

    def node_api(self, request, target):
        self.server.objects.get(target)
        rest = request.raw_path.partition("/proxy")[2] or "/"
        return target.name, rest + (f"?{request.raw_query}" if request.raw_query else "")

    def pod_api(self, request, target):
        pod = self.server.objects.get(Target(target.resource, "get", target.namespace, target.name)).data
        node = pod["spec"].get("nodeName")
        if not node:
            raise failure.bad_request(f"pod {target.name} does not have a host assigned")
        place, name = f"{target.namespace}/{target.name}", target.subresource
        if name == "portforward":
            return node, f"/portForward/{place}" + query([("port", port) for port in request.query.get("ports", ())])
        container = self.container(request, target, pod)
        if name == "log":
            options = [(key, request.parameter(key)) for key in LOG if request.parameter(key) not in ("", "false", "All")]
            return node, f"/containerLogs/{place}/{container}" + query(options)
        options = [("command", word) for word in request.query.get("command", ())] if name == "exec" else []
        for theirs, ours in (("stdin", "input"), ("stdout", "output"), ("stderr", "error"), ("tty", "tty")):
            if request.flag(theirs):
                options.append((ours, "1"))
        return node, f"/{name}/{place}/{container}" + query(options)

    def container(self, request, target, pod):
        """The container that is named, or the only one."""
        spec, wanted = pod["spec"], request.parameter("container")
        known = [one["name"] for kind in ("containers", "initContainers", "ephemeralContainers") for one in spec.get(kind, ())]
        if wanted:
            if wanted not in known:
                raise failure.bad_request(f"container {wanted} is not valid for pod {target.name}")
            return wanted
        if len(known) != 1:
            names = " ".join(one["name"] for one in spec["containers"])
            raise failure.bad_request(f"a container name must be specified for pod {target.name}, choose one of: [{names}]")
        return known[0]

    def address(self, name):
        """The address and port at which a node's agent listens."""
        node = self.server.objects.get(Target(BY_PLURAL["nodes"], "get", "", name)).data
        status = node.get("status", {})
        addresses = {one["type"]: one["address"] for one in reversed(status.get("addresses", ()))}
        host = next((addresses[kind] for kind in ("InternalIP", "Hostname", "ExternalIP") if kind in addresses), None)
        if host is None:
            raise failure.bad_request(f"no preferred addresses found; known addresses: {list(addresses.items())}")
        return host, status.get("daemonEndpoints", {}).get("kubeletEndpoint", {}).get("Port") or 10250

    # Asking

    async def ask(self, request, node, path):
        """Sends the request on; the agent sees the certificate with which API servers call."""
        host, port = self.address(node)
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port, ssl=self.context()), 30)
        except (OSError, TimeoutError) as error:
            message = f"Internal error occurred: error dialing backend: dial tcp {host}:{port}: {error}"
            raise Failure(500, "InternalError", message) from error
        headers = [(name, value) for name, value in request.headers if name.lower() not in OURS]
        headers += [("Host", f"{host}:{port}"), ("X-Forwarded-For", request.connection.peer[0])]
        if request.body or request.method == "POST":
            headers.append(("Content-Length", str(len(request.body))))
        lines = [f"{request.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
        writer.write("\r\n".join(lines).encode("latin-1") + request.body)
        try:
            return Answer(await reader.readuntil(b"\r\n\r\n"), reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            writer.close()
            raise Failure(500, "InternalError", f"Internal error occurred: error dialing backend: {host}:{port}: {error!r}") from error

    def context(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        directory = self.server.directory
        context.load_cert_chain(directory / "kubelet-client.crt", directory / "kubelet-client.key")
        return context

    async def join(self, answer, reader, writer):
        """Lets bytes pass in both directions until one side ends."""
        writer.write(answer.head)
        both = [asyncio.ensure_future(pass_on(reader, answer.writer)), asyncio.ensure_future(pass_on(answer.reader, writer))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            answer.writer.close()
            writer.close()


def query(options):
    return f"?{urllib.parse.urlencode(options)}" if options else ""


async def pass_on(reader, writer):
    try:
        while data := await reader.read(BLOCK):
            writer.write(data)
            await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
