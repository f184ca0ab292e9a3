"""The control socket: a line of JSON asks, a line of JSON answers. `hack/apiserver fault …` speaks it."""
import asyncio, contextlib, dataclasses, json, os, socket

from cluster import clock
from cluster.faults import Fault


@contextlib.contextmanager
def directory_at(directory):
    """A path to the directory's socket that is short enough for the kernel, however long the directory's is."""
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/control.sock"
    finally:
        os.close(descriptor)


def ask(directory, **question):
    """Asks a running server; returns its answer, or raises if it refuses."""
    with socket.socket(socket.AF_UNIX) as connection, directory_at(directory) as path:
        connection.connect(path)
        connection.sendall(json.dumps(question).encode() + b"\n")
        answer = json.loads(connection.makefile().readline())
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer


class Control:
    def __init__(self, server):
        self.server = server

    async def listen(self):
        with directory_at(self.server.directory) as path:
            if os.path.lexists(path):
                os.unlink(path)
            return await asyncio.start_unix_server(self.serve, path)

    async def serve(self, reader, writer):
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self.answer(line)).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def answer(self, line):
        try:
            question = json.loads(line)
            name = question.pop("do")
            if (command := getattr(self, "do_" + name.replace("-", "_"), None)) is None:
                raise ValueError(f"no such command: {name}")
            return await command(**question) or {"done": True}
        except Exception as error:
            return {"error": str(error)}

    async def do_fault(self, **fields):
        self.server.faults.all.append(Fault(**fields))

    async def do_faults(self):
        return {"faults": [dataclasses.asdict(fault) for fault in self.server.faults.all],
                "watch-delay": self.server.faults.watch_delay, "refusing": self.server.listener is None}

    async def do_clear(self):
        self.server.faults.all.clear()
        self.server.faults.watch_delay = 0
        await self.do_accept()

    async def do_slow_watches(self, delay):
        self.server.faults.watch_delay = delay

    async def do_stop_watches(self):
        watches = self.watches()
        for watch in watches:
            watch.end()
        return {"stopped": len(watches)}

    def watches(self):
        return [watch for each in self.server.store.watches.values() for watch in each]

    async def do_watches(self):
        return {"watches": [watch.describe for watch in self.watches()]}

    async def do_compact(self):
        self.server.store.compact()
        return {"version": self.server.store.version}

    async def do_refuse(self, drop=False):
        self.server.refuse()
        if drop:
            self.server.drop()

    async def do_drop(self):
        self.server.drop()

    async def do_accept(self):
        if self.server.listener is None:
            await self.server.listen()

    async def do_set(self, **values):
        for name, value in values.items():
            if name not in self.server.settings:
                raise KeyError(f"no such setting: {name}")
            self.server.settings[name] = value
        clock.ahead = self.server.settings["clock"]
        self.server.signer.run()
        for watch in self.watches():
            watch.bell.set()
        return dict(self.server.settings)
