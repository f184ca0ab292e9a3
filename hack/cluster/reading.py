"""Lists and watches: what of a resource a request wants, in which form, from which version on."""
import asyncio, random, secrets, time

from cluster import failure, tables
from cluster.selection import selection
from cluster.store import Watch, encoded, event
from cluster.wire import Response, Stream

INITIAL_END = "k8s.io/initial-events-end"
SNAPSHOTS = 100


class Reading:
    def __init__(self, server):
        self.server, self.store = server, server.store

    def wanted(self, request, target):
        return selection(target.resource, target.namespace, target.name, request.parameter("labelSelector"), target.fields)

    def version_of(self, request):
        text = request.parameter("resourceVersion")
        if not text:
            return None
        if not text.isdigit():
            raise failure.bad_request(f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
        return int(text)

    # Lists

    def list(self, request, target):
        version = self.version_of(request)
        if version is None and "resourceVersionMatch" in request.query:
            raise options_refused("resourceVersionMatch is forbidden unless resourceVersion is provided")
        if version and version > self.store.version:
            details = {"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}], "retryAfterSeconds": 1}
            raise failure.Failure(504, "Timeout", f"Timeout: Too large resource version: {version}, current: {self.store.version}",
                                  details, {"Retry-After": "1"})
        if token := request.parameter("continue"):
            version, items = self.snapshot(token)
        else:
            wants = self.wanted(request, target)
            items = [stored for stored in self.store.items(target.plural, target.namespace) if wants(stored.data)]
            if version and request.parameter("resourceVersionMatch") == "Exact" and version != self.store.version:
                raise failure.expired(f"The provided resource version {version} is no longer available")
            version = self.store.version
        metadata = {"resourceVersion": str(version)}
        if (limit := request.number("limit")) and len(items) > limit:
            items, rest = items[:limit], items[limit:]
            metadata["continue"] = self.keep(version, rest)
            if not (request.parameter("labelSelector") or target.fields):
                metadata["remainingItemCount"] = len(rest)
        if tables.wanted(request):
            return tables.answer(target.resource, items, metadata)
        head = encoded({"kind": f"{target.kind}List", "apiVersion": target.resource.api_version, "metadata": metadata})
        return Response(200, head[:-1] + b',"items":[' + b",".join(stored.text for stored in items) + b"]}")

    def keep(self, version, rest):
        """Remembers the rest of a list as it was, under a token."""
        token = secrets.token_urlsafe(12)
        self.store.snapshots[token] = version, rest
        while len(self.store.snapshots) > SNAPSHOTS:
            del self.store.snapshots[next(iter(self.store.snapshots))]
        return token

    def snapshot(self, token):
        if token not in self.store.snapshots:
            raise failure.expired("The provided continue parameter is too old to display a consistent list result. "
                                  "You can start a new list without the continue parameter.")
        return self.store.snapshots[token]

    # Watches

    def watch(self, request, target):
        initial = self.initial_events(request, target)
        version, wants = self.version_of(request), self.wanted(request, target)
        seconds = request.number("timeoutSeconds") or random.randint(1800, 3600)
        try:
            begin = [] if version is None or version == 0 or initial else self.store.since(target.plural, version)
        except failure.Failure as error:
            if self.server.settings["expired-watch"] == "status":
                raise
            return Stream(200, one(event("ERROR", encoded(error.status))))
        watch = Watch(self.store, target.plural, wants, f"{request.user.name} {request.target}")
        for _, before, after, last in begin:
            watch.saw(before, after, last)
        if initial or not version:
            for stored in self.store.items(target.plural, target.namespace):
                if wants(stored.data):
                    watch.tell("ADDED", stored)
        if initial and request.flag("allowWatchBookmarks"):
            watch.tell("BOOKMARK", self.bookmark(target, {INITIAL_END: "true"}))
        form = tables.Rows(target.resource) if tables.wanted(request) else None
        return Stream(200, self.events(request, target, watch, form, seconds), watch.bell.set)

    def initial_events(self, request, target):
        """Whether the watch is to begin with all objects and a bookmark after them; refuses what the real server refuses."""
        allowed, match = self.server.settings["watch-list"], request.parameter("resourceVersionMatch")
        if "sendInitialEvents" not in request.query:
            if match:
                raise options_refused("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
            return False
        if allowed == "refuse":
            raise options_refused("sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled", "sendInitialEvents")
        if match != "NotOlderThan" and allowed != "ignore":
            raise options_refused("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
        return allowed != "ignore" and request.flag("sendInitialEvents")

    def bookmark(self, target, annotations=None):
        metadata = {"resourceVersion": str(self.store.version), "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = annotations
        data = {"kind": target.kind, "apiVersion": target.resource.api_version, "metadata": metadata}
        return type("Bookmark", (), {"data": data, "text": encoded(data)})

    async def events(self, request, target, watch, form, seconds):
        """The chunks of a watch's answer."""
        ends = time.monotonic() + seconds
        marks = request.flag("allowWatchBookmarks")
        marked = time.monotonic()
        try:
            while not watch.ended and not request.connection.gone and time.monotonic() < ends:
                if chunk := await self.chunk(watch, form):
                    yield chunk
                interval = self.server.settings["bookmark-interval"]
                if marks and time.monotonic() - marked >= interval:
                    marked = time.monotonic()
                    watch.tell("BOOKMARK", self.bookmark(target))
                elif not watch.queue:
                    due = min(ends, marked + interval if marks else ends) - time.monotonic()
                    await ring(watch.bell, max(0, due))
            if watch.ended:
                request.connection.writer.close()
        finally:
            watch.close()

    async def chunk(self, watch, form):
        """The events that wait, as they are written; some slower if a fault wants it."""
        watch.bell.clear()
        if not watch.queue:
            return b""
        if delay := self.server.faults.watch_delay:
            await asyncio.sleep(delay)
        lines = []
        while watch.queue and (not delay or not lines) and len(lines) < 200:
            kind, stored = watch.queue.popleft()
            lines.append(event(kind, form.text(kind, stored) if form else stored.text))
        return b"".join(lines)


def options_refused(why, field="resourceVersionMatch"):
    return failure.Failure(422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: {field}: Forbidden: {why}')


async def one(chunk):
    yield chunk


async def ring(bell, seconds):
    try:
        await asyncio.wait_for(bell.wait(), seconds)
    except TimeoutError:
        pass
