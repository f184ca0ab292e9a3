"""The objects, their versions and who watches them; every change is a line of a log, from which a restart reads them."""
import asyncio, collections, copy, json, os

from cluster.failure import expired

LONG = 64 << 20  # bytes of the log from which a start writes it anew
HISTORY = 10000  # changes of a resource that a watch can still begin before


class Stored:
    """One version of an object. It is never changed: a change makes another one."""
    __slots__ = ("data", "text")

    def __init__(self, data, text):
        self.data, self.text = data, text


def encoded(data):
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


def event(kind, text):
    return b'{"type":"%s","object":%s}\n' % (kind.encode(), text)


class Watch:
    """A queue of events of one resource, as far as a selection wants them."""

    def __init__(self, store, resource, wants, describe=""):
        self.store, self.resource, self.wants, self.describe = store, resource, wants, describe
        self.queue, self.bell, self.ended = collections.deque(), asyncio.Event(), False
        store.watches[resource].add(self)

    def tell(self, kind, stored):
        self.queue.append((kind, stored))
        self.bell.set()

    def saw(self, before, after, last):
        """A change: what it is to this watch depends on whether it wanted the object before, and wants it now."""
        had, has = before is not None and self.wants(before.data), after is not None and self.wants(after.data)
        if has:
            self.tell("MODIFIED" if had else "ADDED", after)
        elif had:
            self.tell("DELETED", last)

    def end(self):
        """Lets the answer end: the client's connection is closed without another word."""
        self.ended = True
        self.bell.set()

    def close(self):
        self.store.watches[self.resource].discard(self)


class Store:
    """`changed` is called with (resource, before, after) after each change, both or one of them being data."""

    def __init__(self, path, changed):
        self.path, self.changed = path, changed
        self.version = self.compacted = 0
        self.tables = collections.defaultdict(dict)
        self.history = collections.defaultdict(collections.deque)
        self.forgotten = collections.defaultdict(int)
        self.watches = collections.defaultdict(set)
        self.snapshots = {}
        self.log = open(path, "ab", buffering=0)

    def read(self):
        """Replays the log. A last line that was cut off by the end of the server was never answered: it is dropped."""
        whole = 0
        if not os.path.exists(self.path):
            return
        with open(self.path, "rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                row = json.loads(line)
                if "compacted" in row:
                    self.version = self.compacted = row["compacted"]
                else:
                    self.place(row["version"], row["resource"], row["key"], row["object"])
        os.truncate(self.path, whole)
        if whole > LONG:
            self.shorten()

    def shorten(self):
        """Writes the log anew with what is there; what was before is forgotten."""
        self.compact()
        with open(f"{self.path}.new", "wb") as self.log:
            for resource, table in self.tables.items():
                for key, stored in table.items():
                    self.append(int(stored.data["metadata"]["resourceVersion"]), resource, key, stored.text)
            self.log.write(b'{"compacted": %d}\n' % self.version)
        os.replace(f"{self.path}.new", self.path)
        self.log = open(self.path, "ab", buffering=0)

    def place(self, version, resource, key, data, text=None):
        """Puts a new version into the tables, and tells those who want to know."""
        table, key = self.tables[resource], tuple(key)
        before, gone = table.get(key), data is None
        self.version = version
        stored = None if gone else Stored(data, text or encoded(data))
        last = stored or self.last_version(before, version)
        if gone:
            del table[key]
        else:
            table[key] = stored
        history = self.history[resource]
        history.append((version, before, stored, last))
        if len(history) > HISTORY:
            self.forgotten[resource] = history.popleft()[0]
        for watch in self.watches[resource]:
            watch.saw(before, stored, last)
        self.changed(resource, before and before.data, data)
        return stored

    def last_version(self, before, version):
        """A removed object as its watchers see it go: as it was, with the version of its removal."""
        data = {**before.data, "metadata": {**before.data["metadata"], "resourceVersion": str(version)}}
        return Stored(data, encoded(data))

    def get(self, resource, namespace, name):
        return self.tables[resource].get((namespace or "", name))

    def items(self, resource, namespace=None):
        """All objects of a resource in the order of their keys."""
        table = self.tables[resource]
        return [table[key] for key in sorted(table) if not namespace or key[0] == namespace]

    def put(self, resource, data):
        """Writes an object, which must not be used by others, and gives it the next version."""
        version, metadata = self.version + 1, data["metadata"]
        metadata["resourceVersion"] = str(version)
        key = [metadata.get("namespace", ""), metadata["name"]]
        text = encoded(data)
        self.append(version, resource, key, text)
        return self.place(version, resource, key, data, text)

    def remove(self, resource, data):
        version, key = self.version + 1, [data["metadata"].get("namespace", ""), data["metadata"]["name"]]
        self.append(version, resource, key, b"null")
        self.place(version, resource, key, None)

    def append(self, version, resource, key, text):
        head = json.dumps({"version": version, "resource": resource, "key": key}).encode()
        self.log.write(head[:-1] + b', "object": ' + text + b"}\n")

    def compact(self):
        """Forgets all that was: older versions can neither be watched from nor listed on."""
        self.compacted = self.version
        self.history.clear()
        self.snapshots.clear()

    def oldest(self, resource):
        return max(self.compacted, self.forgotten[resource])

    def since(self, resource, version):
        """The changes of a resource after a version, oldest first."""
        if version < self.oldest(resource):
            raise expired(f"too old resource version: {version} ({self.oldest(resource)})")
        return [row for row in self.history[resource] if row[0] > version]


def private(data):
    """A copy that may be changed."""
    return copy.deepcopy(data)
