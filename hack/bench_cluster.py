"""The measurements of a node of a cluster, a part of bench.py: hack/apiserver is the cluster."""
import datetime, json, os, pathlib, socket, ssl, statistics, subprocess, sys, threading, time

import bench
from cluster.client import Client

HERE = pathlib.Path(__file__).resolve().parent
PODS = "/api/v1/namespaces/default/pods"


class Cluster:
    """An API server, and a watch on its pods that tells when what was seen."""

    def __enter__(self):
        self.dir = bench.WORK / "cluster"
        self.process = subprocess.Popen(
            [HERE / "apiserver", "--dir", self.dir, "--node", "bench"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.process.stdout.readline()
        self.client = Client(self.dir)
        self.seen = {}
        threading.Thread(target=self.watch, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait()
        subprocess.run(["rm", "-rf", self.dir], check=True)

    def watch(self):
        """Notes when a pod first had each phase."""
        events = Client(self.dir).watch(PODS, timeoutSeconds=3600)
        events.answer.fp.raw._sock.settimeout(None)
        while row := events.next():
            name, phase = row[1]["metadata"]["name"], row[1].get("status", {}).get("phase")
            self.seen.setdefault((name, phase), time.time())

    def create(self, name, command="trap exit TERM; echo; sleep 100000 & wait", **status):
        """Creates a pod that is bound to the node already."""
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
            "nodeName": "bench", "hostNetwork": True, "terminationGracePeriodSeconds": 0, "restartPolicy": "Never",
            "containers": [{"name": "c0", "image": bench.IMAGE, "imagePullPolicy": "Never", "command": ["sh", "-c", command]}]}}
        begin = time.time()
        code, answer = self.client.post(PODS, pod)
        if code != 201:
            sys.exit(f"pod {name}: {answer}")
        if status:
            self.client.patch(f"{PODS}/{name}/status", {"status": status})
        return begin

    def when(self, name, phase):
        return bench.until(lambda: self.seen.get((name, phase)), f"pod {name} {phase}")

    def empty(self):
        self.client.ask("DELETE", f"{PODS}?gracePeriodSeconds=0")

    def requests(self):
        """What the node asked so far."""
        lines = (json.loads(line) for line in (self.dir / "audit.jsonl").read_text().splitlines())
        return [line for line in lines if line["user"].startswith("system:node:")]


class Member(bench.Agent):
    """An agent that belongs to a cluster, on the host's network alone."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.options = ["--kubeconfig", cluster.dir / "kubelet.conf"]
        self.config = {"failSwapOn": False, "containerLogMaxSize": "4Gi",
                       "authentication": {"x509": {"clientCAFile": str(cluster.dir / "ca.crt")}},
                       "authorization": {"mode": "AlwaysAllow"}, "address": "127.0.0.1"}

    def __exit__(self, *error):
        self.cluster.empty()
        super().__exit__(*error)


def ready(cluster):
    """When the node was first Ready, by the server's own word."""
    def look():
        code, node = cluster.client.get("/api/v1/nodes/bench")
        return code == 200 and any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"]["conditions"])
    bench.until(look, "node ready")
    return time.time()


def cluster():
    with Cluster() as server:
        began = time.time()
        with Member(server) as agent:
            took = ready(server) - agent.began
            bench.report("start → node Ready at the server", f"{took:.2f} s", (2, "2 s"), measured=took)
            pods(server)
            streams(server, agent)
            for number in range(33):
                server.create(f"idle{number}")
            for number in range(33):
                server.when(f"idle{number}", "Running")
            idle(server)
            for number in range(33, 110):
                server.create(f"idle{number}")
            for number in range(110):
                server.when(f"idle{number}", "Running")
            size = bench.pss([agent.process.pid])
            bench.report("agent with 110 pods of the server, PSS", f"{size:.1f} MB", (80, "80 MB"), measured=size)
            server.empty()
            bench.until(lambda: not server.client.get(PODS)[1]["items"], "pods gone")
            listed(server, agent)


def pods(server):
    starts, ends = [], []
    for number in range(50):
        begin = server.create(f"s{number}")
        starts.append((server.when(f"s{number}", "Running") - begin) * 1000)
        # No faster than the fifty questions a second that a node may ask.
        time.sleep(0.2)
    median = statistics.median(starts)
    bench.report("pod created → Running at the server, host's network", bench.spread(starts), (60, "60 ms"), measured=median)
    for number in range(30):
        mark = bench.WORK / f"end{number}"
        server.create(f"e{number}", "sleep 0.3; date +%s.%N")
        seen = server.when(f"e{number}", "Succeeded")
        ends.append((seen - ended(f"e{number}")) * 1000)
        time.sleep(0.2)
    median = statistics.median(ends)
    bench.report("container's last line → Succeeded at the server", bench.spread(ends), (50, "50 ms"), measured=median)
    server.empty()


def ended(name):
    """When the last line was read that the container wrote, right before it ended."""
    [log] = (bench.WORK / "node" / "logs").glob(f"default_{name}_*/c0/0.log")
    return datetime.datetime.fromisoformat(log.read_text().split()[0]).timestamp()


def idle(server):
    """What is on the wire when nothing happens: leases, and watches that begin anew."""
    time.sleep(15)
    before, seconds = len(server.requests()), 60 if bench.IN_VM else 300
    time.sleep(seconds)
    asked = server.requests()[before:]
    leases = sum("leases" in one["uri"] for one in asked)
    others = [one for one in asked if "leases" not in one["uri"] and one["verb"] != "watch"]
    # The status goes out every five minutes, whatever happens.
    others = [one for one in others if not one["uri"].startswith("/api/v1/nodes/bench/status")]
    bench.report(f"asked in {seconds} s with 33 idle pods", f"{leases} leases, {len(others)} others", (0, "0 others"), measured=len(others))


def listed(server, agent):
    """1,000 pods are there when the agent starts: all but ten have ended."""
    agent.process.terminate()
    agent.process.wait()
    for number in range(990):
        server.create(f"old{number}", phase="Succeeded")
    for number in range(10):
        server.create(f"new{number}")
    begin = time.time()
    agent.launch()
    first = min(server.when(f"new{number}", "Running") for number in range(10))
    took = first - begin
    bench.report("1,000 pods listed: start → first Running", f"{took:.2f} s", (1, "1 s"), measured=took)


# --- streams ---------------------------------------------------------------------------------------------------------


def connection(server):
    """To the kubelet's API, as the API server."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(server.dir / "kubelet-client.crt", server.dir / "kubelet-client.key")
    raw = socket.create_connection(("127.0.0.1", 10250))
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(raw)


def ask(stream, target, *headers):
    lines = [f"GET {target} HTTP/1.1", "Host: bench", *headers, "", ""]
    stream.sendall("\r\n".join(lines).encode())


def first_byte(server):
    """From the connection's beginning to the first byte that a command wrote."""
    begin = time.perf_counter()
    with connection(server) as stream:
        ask(stream, "/exec/default/talk/c0?command=echo&command=hello&output=1", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", "Sec-WebSocket-Protocol: v5.channel.k8s.io")
        text = b""
        while b"hello" not in text:
            if not (piece := stream.recv(65536)):
                sys.exit(f"exec: {text}")
            text += piece
    return (time.perf_counter() - begin) * 1000


def streams(server, agent):
    server.create("talk", "head -c 600000000 /dev/zero | tr '\\0' 'x' | fold -w 1000; echo; trap exit TERM; sleep 100000 & wait")
    server.when("talk", "Running")
    times = [first_byte(server) for _ in range(50)]
    bench.report("exec → first byte, with the TLS handshake", bench.spread(times), (30, "30 ms"), measured=statistics.median(times))
    [log] = (agent.logs).glob("default_talk_*/c0/0.log")
    size = [0, 1]
    while size[0] != size[1]:
        size = [size[1], log.stat().st_size]
        time.sleep(1)
    rates = [rate(server) for _ in range(3)]
    best = statistics.median(rates)
    bench.report("logs to one client", f"{best:.0f} MB/s", (-300, "-300 MB/s, at least"), measured=-best)
    followers(server, agent)


def rate(server):
    begin = time.perf_counter()
    key = ["--cert", server.dir / "kubelet-client.crt", "--key", server.dir / "kubelet-client.key"]
    size = int(bench.run("curl", "-sk", *key, "-o", "/dev/null", "-w", "%{size_download}",
                         "https://127.0.0.1:10250/containerLogs/default/talk/c0"))
    return size / 1e6 / (time.perf_counter() - begin)


def followers(server, agent):
    before = bench.pss([agent.process.pid])
    open_streams = [connection(server) for _ in range(200)]
    for stream in open_streams:
        ask(stream, "/containerLogs/default/talk/c0?follow=true&tailLines=1")
    for stream in open_streams:
        stream.recv(4096)
    time.sleep(2)
    more = bench.pss([agent.process.pid]) - before
    for stream in open_streams:
        stream.close()
    bench.report("200 followers of a log, more memory", f"{more:.1f} MB", (20, "20 MB"), measured=more)
