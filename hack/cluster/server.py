"""The server: its parts put together, its first objects, and its life."""
import asyncio, base64, pathlib, signal, ssl, sys, traceback

from cluster import clock
from cluster.access import Access
from cluster.api import Api
from cluster.audit import Audit
from cluster.control import Control
from cluster.credentials import Credentials
from cluster.faults import Faults
from cluster.objects import Objects
from cluster.pods import Scheduler
from cluster.proxy import Proxy
from cluster.reading import Reading
from cluster.resources import BY_PLURAL
from cluster.signing import Signer
from cluster.store import Store
from cluster.targets import Target
from cluster.users import Authenticator, User
from cluster.wire import HEAD_LIMIT, Connection

ITSELF = User("system:apiserver", ("system:masters", "system:authenticated"))
NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
# Certificates of clients are looked at by us, also those that have expired: 401 is the answer, not a broken handshake.
IGNORE_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME
# What can be changed while it runs, with `hack/apiserver set`.
SETTINGS = {"bookmark-interval": 60.0, "watch-list": "allow", "approve": "auto", "certificate-lifetime": 365 * 86400.0, "token-lifetime": 0,
            "expired-watch": "event", "clock": 0.0}


class Server:
    def __init__(self, directory, address, port, node, settings, names=()):
        self.directory = pathlib.Path(directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.address, self.names, self.node, self.settings = address, names, node, {**SETTINGS, **settings}
        clock.ahead = self.settings["clock"]
        self.port = port or self.last_port()
        self.credentials, self.audit, self.faults = Credentials(self.directory), Audit(self.directory), Faults()
        self.listener, self.connections = None, set()
        self.listeners = []
        self.store = Store(self.directory / "objects.jsonl", self.changed)
        self.access, self.scheduler, self.signer = Access(self.directory, self.store), Scheduler(self.store), Signer(self)
        self.objects = Objects(self.store)
        self.authenticator = Authenticator(self.directory, self.store, self.credentials)
        self.reading, self.proxy, self.api = Reading(self), Proxy(self), Api(self)
        self.listeners = [self.access.changed, self.scheduler.changed]
        self.store.read()
        # These write: what they wrote at the time is in the log already.
        self.listeners += [self.signer.changed, self.new_namespace]

    def changed(self, resource, before, after):
        for listener in self.listeners:
            listener(resource, before, after)

    def last_port(self):
        """The port of the last start, so that those who know it find a server that was restarted."""
        path = self.directory / "port"
        return int(path.read_text()) if path.exists() else 0

    @property
    def host(self):
        return f"[{self.address}]" if ":" in self.address else self.address

    @property
    def location(self):
        return f"{self.host}:{self.port}"

    @property
    def url(self):
        return f"https://{self.location}"

    # Life

    async def run(self):
        self.credentials.serve_at(self.address, *self.names)
        await self.listen()
        (self.directory / "port").write_text(str(self.port))
        self.credentials.write_kubeconfigs(self.url, self.node)
        self.first_objects()
        self.scheduler.run()
        self.signer.run()
        control = await Control(self).listen()
        print(f"ready {self.url}", flush=True)
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await stop.wait()
        control.close()
        self.refuse()
        self.drop()

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.directory / "apiserver.crt", self.directory / "apiserver.key")
        context.load_verify_locations(self.credentials.authority)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags |= IGNORE_TIME
        context.set_alpn_protocols(["http/1.1"])
        return context

    async def listen(self):
        try:
            self.listener = await asyncio.start_server(
                self.connected, self.address, self.port, ssl=self.context(), limit=HEAD_LIMIT, backlog=1024)
        except OSError as error:
            sys.exit(f"apiserver: {self.location}: {error.strerror}")
        self.port = self.listener.sockets[0].getsockname()[1]

    async def connected(self, reader, writer):
        connection = Connection(reader, writer, self.api.handle)
        self.connections.add(connection)
        try:
            await connection.serve()
        except asyncio.CancelledError:
            pass  # the server ends
        finally:
            self.connections.discard(connection)

    def refuse(self):
        """Listens no more: who connects is refused. Connections that are there go on."""
        if self.listener:
            self.listener.close()
            self.listener = None

    def drop(self):
        """Ends all connections at once."""
        for connection in list(self.connections):
            connection.reset()

    def complain(self, request):
        print(f"{request.method} {request.target}", file=sys.stderr)
        traceback.print_exc()

    # First objects

    def create(self, plural, data, namespace=""):
        return self.objects.create(Target(BY_PLURAL[plural], "create", namespace), data, ITSELF)

    def first_objects(self):
        for name in NAMESPACES:
            if not self.store.get("namespaces", "", name):
                self.create("namespaces", {"metadata": {"name": name}})
        if not self.store.get("services", "default", "kubernetes"):
            ports = [{"name": "https", "port": 443, "targetPort": self.port}]
            self.create("services", {"metadata": {"name": "kubernetes"}, "spec": {"clusterIP": "10.96.0.1", "ports": ports}}, "default")
        self.bootstrap_token()
        self.keep("configmaps", "kube-public", "cluster-info", self.credentials.cluster_info(self.url))

    def keep(self, plural, namespace, name, data):
        """A config map that has this content."""
        stored = self.store.get(plural, namespace, name)
        if stored is None:
            self.create(plural, {"metadata": {"name": name}, "data": data}, namespace)
        elif stored.data["data"] != data:
            self.store.put(plural, {**stored.data, "metadata": dict(stored.data["metadata"]), "data": data})

    def bootstrap_token(self):
        identity, _, secret = self.credentials.bootstrap.partition(".")
        name = f"bootstrap-token-{identity}"
        if self.store.get("secrets", "kube-system", name):
            return
        texts = {"token-id": identity, "token-secret": secret, "usage-bootstrap-authentication": "true", "usage-bootstrap-signing": "true",
                 "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token"}
        data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        self.create("secrets", {"metadata": {"name": name}, "type": "bootstrap.kubernetes.io/token", "data": data}, "kube-system")

    def new_namespace(self, resource, before, after):
        """What the controllers put into each namespace: the account of its pods, and the authority's certificate."""
        if resource == "namespaces" and before is None and after:
            name = after["metadata"]["name"]
            if not self.store.get("serviceaccounts", name, "default"):
                self.create("serviceaccounts", {"metadata": {"name": "default"}}, name)
                data = {"ca.crt": self.credentials.authority.read_text()}
                self.create("configmaps", {"metadata": {"name": "kube-root-ca.crt"}, "data": data}, name)
