"""A real API server in the place of ours: etcd and kube-apiserver of a directory, run on the same keys and files, and
kube-controller-manager where there is one."""
import ctypes, http.client, json, pathlib, signal, socket, ssl, subprocess, sys, time

from cluster import controllers
from cluster.credentials import Credentials, openssl

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
SERVICES = "10.96.0.0/16"
# Every request when it is answered, with what it carried; watches when they begin.
AUDIT_POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Request, userGroups: ["system:nodes"]}
- {level: None}
"""
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
PROGRAMS = ("etcd", "kube-apiserver")
# What of `hack/apiserver --set` a real server has: how long certificates last, in seconds.
SETTINGS = {"certificate-lifetime": 365 * 86400}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def die_with_parent():
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)


class RealServer:
    def __init__(self, directory, assets, port, node, settings):
        self.directory, self.assets, self.node = pathlib.Path(directory).resolve(), pathlib.Path(assets), node
        for name in PROGRAMS:
            if not (self.assets / name).is_file():
                sys.exit(f"apiserver: {self.assets}: no {name}")
        for name in settings.keys() - SETTINGS.keys():
            sys.exit(f"apiserver: --set {name}: a real server has no such setting")
        self.directory.mkdir(parents=True, exist_ok=True)
        self.credentials = Credentials(self.directory)
        self.ports = self.kept_ports(port)
        self.url = f"https://127.0.0.1:{self.ports['server']}"
        self.children = []
        program = controllers.found(self.assets)
        lifetime = {**SETTINGS, **settings}["certificate-lifetime"]
        self.controllers = controllers.Controllers(self, program, lifetime) if program else None

    def kept_ports(self, port):
        """Those of the last start: who knows them finds a server that was restarted."""
        path = self.directory / "ports.json"
        if not path.exists():
            ports = {"server": port or free_port(), "etcd": free_port(), "peer": free_port()}
            path.write_text(json.dumps(ports))
        return json.loads(path.read_text())

    # Life

    def run(self):
        self.write_files()
        self.wait_for_ports()
        self.start(self.assets / "etcd", *self.etcd())
        self.start(self.assets / "kube-apiserver", *self.apiserver())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.end())
        self.until("readyz", lambda: self.ask("GET", "/readyz")[0] == 200)
        for namespace in NAMESPACES:
            self.until(namespace, lambda: self.ask("GET", f"/api/v1/namespaces/{namespace}")[0] == 200)
            self.fill(namespace)
        if self.controllers:
            self.start(*self.controllers.command())
            self.controllers.fill()
        else:
            print(f"no {controllers.PROGRAM} in {self.assets} or beside it: nobody signs certificates", flush=True)
        print(f"ready {self.url}", flush=True)
        while all(child.poll() is None for child in self.children):
            time.sleep(1)
            if self.controllers:
                self.look_after_requests()
        self.end()

    def start(self, program, *arguments):
        log = open(self.directory / f"{program.name}.log", "ab")
        self.children.append(subprocess.Popen(
            [program, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent))

    def look_after_requests(self):
        try:
            self.controllers.approve()
        except OSError:
            pass  # the server is busy: it is asked again

    def wait_for_ports(self):
        """Those of a server that was killed are free when its last thread is gone."""
        for port in self.ports.values():
            for _ in range(100):
                with socket.socket() as listener:
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    try:
                        listener.bind(("127.0.0.1", port))
                        break
                    except OSError:
                        time.sleep(0.1)

    def end(self):
        for child in self.children:
            child.kill()  # an API server that ends gracefully waits for an etcd that has ended before
            child.wait()
        sys.exit(0)

    def until(self, what, condition):
        for _ in range(600):
            if any(child.poll() is not None for child in self.children):
                break
            try:
                if condition():
                    return
            except OSError:
                pass  # it does not listen yet
            time.sleep(0.1)
        sys.exit(f"apiserver: {what}: not there; {self.directory}/etcd.log, kube-apiserver.log … tell more")

    # What it is started with

    def write_files(self):
        self.credentials.serve_at("127.0.0.1")
        self.credentials.write_kubeconfigs(self.url, self.node)
        (self.directory / "audit-policy.yaml").write_text(AUDIT_POLICY)
        key = self.directory / "service-accounts.key"
        if not key.exists():
            self.credentials.new_key(key)
            (self.directory / "service-accounts.pub").write_bytes(openssl("pkey", "-in", key, "-pubout"))

    def etcd(self):
        client, peer = (f"http://127.0.0.1:{self.ports[name]}" for name in ("etcd", "peer"))
        return ("--name=default", f"--data-dir={self.directory}/etcd", "--unsafe-no-fsync", "--log-level=warn",
                f"--listen-client-urls={client}", f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}")

    def apiserver(self):
        at = self.directory
        return (f"--etcd-servers=http://127.0.0.1:{self.ports['etcd']}", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
                f"--secure-port={self.ports['server']}", "--endpoint-reconciler-type=none", f"--cert-dir={at}/generated",
                f"--tls-cert-file={at}/apiserver.crt", f"--tls-private-key-file={at}/apiserver.key", f"--client-ca-file={at}/ca.crt",
                f"--kubelet-client-certificate={at}/kubelet-client.crt", f"--kubelet-client-key={at}/kubelet-client.key",
                "--kubelet-preferred-address-types=InternalIP", f"--service-cluster-ip-range={SERVICES}", "--allow-privileged=true",
                "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
                f"--service-account-signing-key-file={at}/service-accounts.key", f"--service-account-key-file={at}/service-accounts.pub",
                "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--enable-bootstrap-token-auth=true",
                f"--audit-policy-file={at}/audit-policy.yaml", f"--audit-log-path={at}/audit.jsonl", "--audit-log-mode=blocking")

    # Its objects

    def ask(self, method, path, body=None):
        """The code and text of an answer to the administrator."""
        context = ssl.create_default_context(cafile=self.credentials.authority)
        context.load_cert_chain(self.directory / "kubelet-client.crt", self.directory / "kubelet-client.key")
        connection = http.client.HTTPSConnection("127.0.0.1", self.ports["server"], context=context, timeout=20)
        try:
            connection.request(method, path, body and json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def fill(self, namespace):
        """What a controller manager puts into each namespace: pods need it, and where none runs nobody does."""
        authority = {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": self.credentials.authority.read_text()}}
        for plural, data in (("serviceaccounts", {"metadata": {"name": "default"}}), ("configmaps", authority)):
            code, text = self.ask("POST", f"/api/v1/namespaces/{namespace}/{plural}", data)
            if code not in (201, 409):
                sys.exit(f"apiserver: {plural} of {namespace}: {text}")
