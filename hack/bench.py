"""The measurements of hack/bench, which calls this in namespaces of its own: see there."""
import contextlib, ctypes, datetime, glob, io, itertools, json, os, pathlib, re, shutil, socket, statistics, struct
import subprocess, sys, tarfile, time

BUILD = pathlib.Path(os.environ["SWIFTLET_BUILD"])
WORK = pathlib.Path(os.environ["work"])
CGROUP = os.environ["cgroup"]
IN_VM = "SWIFTLET_BENCH_VM" in os.environ
IMAGE = "bench.test/busybox:1"
PODS = 33

libc = ctypes.CDLL(None, use_errno=True)
rows = []
failed = False


def report(what, ours, target=None, peer=None, ratio=None, measured=None):
    """Adds a row. `target` is the largest value of `measured` that passes."""
    global failed
    verdict = ""
    if target is not None:
        passes = measured <= target[0]
        failed |= not passes
        verdict = f"≤ {target[1]}: {'met' if passes else 'MISSED'}"
    rows.append((what, ours, peer or "", f"{ratio:.2f}" if ratio else "", verdict))
    print(f"  {what}: {ours}{f', beside {peer}' if peer else ''} {verdict}", file=sys.stderr, flush=True)


def spread(values, unit="ms"):
    values = sorted(values)
    p99 = values[min(len(values) - 1, int(len(values) * 0.99))]
    return f"{statistics.median(values):.1f} {unit} (p99 {p99:.1f}, n {len(values)})"


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, **options).stdout


def timed(*command, **options):
    begin = time.perf_counter()
    run(*command, **options)
    return (time.perf_counter() - begin) * 1000


def until(condition, what, seconds=120):
    """Waits for a result that is true. Times of interest are written by others: looking may be slow."""
    end = time.time() + seconds
    while not (result := condition()):
        if time.time() > end:
            sys.exit(f"{what}: not within {seconds} s\n{(WORK / 'agent.log').read_text()[-4000:]}")
        time.sleep(0.02)
    return result


class Agent:
    """A running agent with directories of its own, and the busybox image."""

    options, config = [], {}

    def __enter__(self):
        self.dir = pathlib.Path(WORK, "node")
        self.state, self.manifests, self.logs = (self.dir / name for name in ("state", "manifests", "logs"))
        for name in ("state", "manifests", "logs", "root", "preload", "net.d", "links"):
            (self.dir / name).mkdir(parents=True)
        # As /run is.
        run("mount", "-t", "tmpfs", "tmpfs", self.state)
        config = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
                  "staticPodPath": str(self.manifests), "podLogsDir": str(self.logs), "cgroupRoot": f"/{CGROUP}",
                  # More than the 110 that a node takes by itself: what is measured stays until the end.
                  "maxPods": 1000, **self.config}
        (self.dir / "config.json").write_text(json.dumps(config))
        bridge = {"type": "bridge", "bridge": "bench0", "isGateway": True, "ipam": {
            "type": "host-local", "dataDir": str(self.dir / "leases"), "ranges": [[{"subnet": "10.214.0.0/22"}]]}}
        network = {"cniVersion": "1.0.0", "name": "bench",
                   "plugins": [bridge, {"type": "portmap", "capabilities": {"portMappings": True}, "snat": False}]}
        (self.dir / "net.d" / "10-bench.conflist").write_text(json.dumps(network))
        write_image(self.dir / "preload" / "busybox.tar", [busybox_layer()], IMAGE)
        self.launch()
        # The first pod pays for what is done once.
        self.place("warm")
        self.first_line("warm")
        self.remove("warm")
        return self

    def launch(self):
        self.began = time.time()
        self.process = subprocess.Popen(
            [BUILD / "swiftlet", "run", "--config", self.dir / "config.json", "--root-dir", self.dir / "root",
             "--state-dir", self.state, "--cni-conf-dir", self.dir / "net.d", "--cni-bin-dir", "/usr/lib/cni",
             "--hostname-override", "bench", "--verbosity", "4", "--preload-dir", self.dir / "preload",
             "--container-logs-dir", self.dir / "links", *self.options],
            stdout=(log := open(WORK / "agent.log", "a")), stderr=log)

    def __exit__(self, *error):
        for manifest in self.manifests.iterdir():
            manifest.unlink()
        until(lambda: not os.listdir(self.state / "pods"), "pods gone")
        self.process.terminate()
        self.process.wait()
        run("umount", "--lazy", self.state)
        shutil.rmtree(self.dir)

    def place(self, name, containers=1, host_network=True, host_port=None, command=None, probe=None):
        """Renames a manifest into place, and tells when."""
        # Leaves when asked: as process 1 it would ignore SIGTERM until it is killed.
        command = command or "trap exit TERM; echo; sleep 100000 & wait"
        ports = [{"containerPort": host_port, "hostPort": host_port}] if host_port else []
        spec = {"hostNetwork": host_network, "terminationGracePeriodSeconds": 0, "restartPolicy": "Never", "containers": [
            {"name": f"c{number}", "image": IMAGE, "imagePullPolicy": "Never", "command": ["sh", "-c", command],
             "ports": ports} for number in range(containers)]}
        if probe:
            spec["containers"][0]["readinessProbe"] = {"exec": {"command": probe}, "periodSeconds": 1}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
        hidden = self.manifests / f".{name}"
        hidden.write_text(json.dumps(pod))
        now = time.time()
        hidden.rename(self.manifests / f"{name}.json")
        return now

    def first_line(self, name, container="c0"):
        """When the container's first line of output was read: its process runs."""
        pattern = f"{self.logs}/default_{name}-bench_*/{container}/0.log"
        def stamp():
            for log in glob.glob(pattern):
                if line := pathlib.Path(log).read_text():
                    return datetime.datetime.fromisoformat(line.split()[0]).timestamp()
        return until(stamp, f"pod {name} runs")

    def remove(self, name):
        (self.manifests / f"{name}.json").unlink()
        until(lambda: not glob.glob(f"{self.state}/statuses/default_{name}-bench_*.json"), f"pod {name} gone")

    def steps(self, pattern):
        """How long the agent's steps of that name took, in milliseconds, as it says itself."""
        log = (WORK / "agent.log").read_text()
        return [float(time) for time in re.findall(rf"milliseconds=([0-9.]+).*step={re.escape(pattern)}", log)]

    def noted(self, message):
        """How long what the agent notes so took, in milliseconds."""
        log = (WORK / "agent.log").read_text()
        return [float(time) for time in re.findall(rf"milliseconds=([0-9.]+).*\] {re.escape(message)}\n", log)]

    def exec(self, pod, *command):
        """How long a command in a pod's first container takes, asked for at the control socket, in milliseconds."""
        request = {"pod": {"namespace": "default", "name": f"{pod}-bench"}, "container": "c0", "command": command,
                   "hasInput": False}
        payload = json.dumps({"version": 1, "request": {"exec": {"_0": request}}}).encode()
        frame, path = struct.pack("<BI", 1, len(payload)) + payload, str(self.state / "control.sock")
        begin = time.perf_counter()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            connection.sendall(frame)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        took = (time.perf_counter() - begin) * 1000
        if answer[:1] != b"\x04" or json.loads(answer[5:]) != {"code": 0}:
            sys.exit(f"exec in {pod}: {answer}")
        return took

    def processes(self):
        """The agent, its zygote, the shims and all that they are about to start."""
        def is_ours(status):
            with contextlib.suppress(OSError):
                return pathlib.Path(status).read_text().startswith(("shim ", "pause"))
        shims = [int(file.split("/")[2]) for file in glob.glob("/proc/[0-9]*/comm") if is_ours(file)]
        return [self.process.pid, *children(self.process.pid), *shims]

    def records(self):
        return [json.loads(pathlib.Path(file).read_text()) for file in glob.glob(f"{self.state}/pods/*/sandbox.json")]


# --- images ----------------------------------------------------------------------------------------------------------


def busybox_layer():
    """Busybox and the places that images have: what is missing of them is made at every start."""
    def fill(tar):
        for path in ("bin", "dev", "etc", "proc", "run", "sys", "tmp"):
            directory = tarfile.TarInfo(path)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(directory)
        for name in ("group", "hostname", "hosts", "passwd", "resolv.conf"):
            tar.addfile(tarfile.TarInfo(f"etc/{name}"))
        tar.add("/bin/busybox", "bin/busybox")
        for applet in ("sh", "sleep", "echo", "true"):
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return fill


def big_layer(number):
    """50 MB: 40 files of 1 MiB and 1000 of 10 KiB, half of each random."""
    def fill(tar):
        for name, count, size in (("large", 40, 1 << 20), ("small", 1000, 10 << 10)):
            for index in range(count):
                file = tarfile.TarInfo(f"opt/{number}/{name}/{index}")
                file.size = size
                tar.addfile(file, io.BytesIO(os.urandom(size // 2) + bytes(size // 2)))
    return fill


def write_image(archive, layers, name):
    """A docker-archive of the layers, each filled by a function that is given an open tar file."""
    with contextlib.ExitStack() as stack:
        diff_ids = []
        for number, fill in enumerate(layers):
            file = pathlib.Path(f"{archive}.{number}")
            stack.callback(file.unlink)
            with tarfile.open(file, "w") as tar:
                fill(tar)
            diff_ids.append("sha256:" + run("sha256sum", file).split()[0].decode())
        architecture = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
        config = {"architecture": architecture, "os": "linux", "config": {"Cmd": ["/bin/sh"], "Env": ["PATH=/bin"]},
                  "rootfs": {"type": "layers", "diff_ids": diff_ids}}
        manifest = [{"Config": "config.json", "RepoTags": [name],
                     "Layers": [f"{number}.tar" for number in range(len(layers))]}]
        with tarfile.open(f"{archive}.new", "w") as tar:
            for path, value in (("manifest.json", manifest), ("config.json", config)):
                content = json.dumps(value).encode()
                file = tarfile.TarInfo(path)
                file.size = len(content)
                tar.addfile(file, io.BytesIO(content))
            for number in range(len(layers)):
                tar.add(f"{archive}.{number}", f"{number}.tar")
    os.rename(f"{archive}.new", archive)


# --- the parts -------------------------------------------------------------------------------------------------------


def starts():
    # Pods stay until the end: file systems are slow to give out again what was just deleted.
    with Agent() as agent:
        for what, kind, count, target, theirs in (
                ("pod on the host's network", "host", 100, 150 if IN_VM else 15, "1.25 s"),
                ("pod on bridge + portmap", "bridge", 40, 450 if IN_VM else 120, "1.51 s"),
                # Ten runs of iptables by the plugin.
                ("the same with a host port", "port", 40, None if IN_VM else 120, None)):
            times = []
            for number in range(count // 4 if IN_VM else count):
                name, port = f"{kind}{number}", 18000 + number if kind == "port" else None
                begin = agent.place(name, host_network=kind == "host", host_port=port)
                times.append((agent.first_line(name) - begin) * 1000)
                time.sleep(0.5 if IN_VM else 0.1)
            median = statistics.median(times)
            limit = (target, f"{target} ms") if target else None
            report(what, spread(times), limit, theirs and kubelet(theirs), measured=median)
        begin = min(agent.place(f"many{number}", host_network=False) for number in range(20))
        took = max(agent.first_line(f"many{number}") for number in range(20)) - begin
        report("20 pods at once, bridge", f"{took:.2f} s", (6, "6 s") if IN_VM else None, kubelet("26.8 s"), measured=took)


def kubelet(figure):
    """Not of this run: recorded in such a virtual machine, on a host with nothing else to do."""
    return f"recorded: {figure}, kubelet 1.36 + containerd 1.6 + runc 1.1" if IN_VM else None


def containers():
    with Agent() as agent:
        theirs = {"without a cgroup": [], "with a cgroup": []}
        # In turn, some of each: a machine is not as fast one minute as the next.
        for first in range(0, 7 if IN_VM else 42, 7):
            for number in range(first, first + 7):
                agent.place(f"p{number}", containers=5)
                agent.first_line(f"p{number}", "c4")
            pause = agent.records()[0]["pause"]["pid"]
            for times, manager in zip(theirs.values(), ("disabled", "cgroupfs")):
                times += crun(pause, manager, range(len(times), len(times) + 35))
        # From the decision to the running program: image, files, cgroup, records and process.
        ours = agent.steps("start(")
        # From the message to the pod's shim to its answer that the program runs.
        asked = agent.noted("Instance runs")
        for what, times in theirs.items():
            compare(f"one more container; overlay + crun run {what}", ours, times, 0.5)
        compare("request to a pod's shim → container's exec; overlay + crun run", asked, times, 0.25)
        p99 = sorted(asked)[int(len(asked) * 0.99)]
        report("the same, 99th percentile", f"{p99:.1f} ms", None if IN_VM else (2, "2 ms"), measured=p99)
        execs, other_execs, crun_exec = [], [], crun_execs()
        for _ in range(2 if IN_VM else 7):
            execs += [agent.exec("p0", "/bin/true") for _ in range(30)]
            other_execs += itertools.islice(crun_exec, 30)
        crun_exec.close()
        compare("exec of /bin/true by the agent; crun exec", execs, other_execs, 0.25)
    commands(20 if IN_VM else 210)


def compare(what, ours, theirs, limit):
    ratio = statistics.median(ours) / statistics.median(theirs)
    report(what, spread(ours), (limit, f"{limit} ×"), spread(theirs), ratio, ratio)


def crun(pause, manager, numbers):
    """The times of `crun run` of the same program, in the namespaces of a pod's sandbox, on an overlay of its own."""
    bundle, state = WORK / f"bundle-{manager}", WORK / f"crun-{manager}"
    if not bundle.exists():
        prepare_crun(bundle, state, pause)
    return [run_once(bundle, state, manager, number) for number in numbers]


def prepare_crun(bundle, state, pause):
    for directory in (state, bundle / "rootfs", bundle / "layer" / "bin"):
        directory.mkdir(parents=True)
    for name in ("dev", "etc", "proc", "run", "sys", "tmp"):
        (bundle / "layer" / name).mkdir()
    run("mount", "-t", "tmpfs", "tmpfs", state)  # as /run is
    shutil.copy("/bin/busybox", bundle / "layer" / "bin" / "sh")
    run("crun", "spec", cwd=bundle)
    config = json.loads((bundle / "config.json").read_text())
    config["process"].update(terminal=False, args=["/bin/sh", "-c", "echo"])
    # Rules for devices are a BPF program, which a small RLIMIT_MEMLOCK forbids to a crun of this age.
    config["linux"].pop("resources", None)
    config["linux"]["cgroupsPath"] = f"/{CGROUP}/crun"
    config["linux"]["namespaces"] = [{"type": kind} for kind in ("pid", "mount", "cgroup")] + [
        {"type": kind, "path": f"/proc/{pause}/ns/{file}"} for kind, file in (("ipc", "ipc"), ("uts", "uts"), ("network", "net"))]
    (bundle / "config.json").write_text(json.dumps(config))


def run_once(bundle, state, manager, number):
    begin = time.perf_counter()
    upper, work = bundle / f"upper{number}", bundle / f"work{number}"
    upper.mkdir()
    work.mkdir()
    options = f"lowerdir={bundle}/layer,upperdir={upper},workdir={work}".encode()
    root = f"{bundle}/rootfs".encode()
    if libc.mount(b"overlay", root, b"overlay", 0, options) != 0:
        raise OSError(ctypes.get_errno(), "mount overlay")
    run("crun", f"--root={state}", f"--cgroup-manager={manager}", "run", "-b", bundle, f"bench{number}")
    took = (time.perf_counter() - begin) * 1000
    libc.umount2(root, 2)  # MNT_DETACH
    return took


def bundle_of(name, *command):
    """A bundle with busybox as its root, as `crun spec` describes it: new namespaces of all kinds but the user's."""
    bundle = WORK / name
    for directory in ("bin", "dev", "etc", "proc", "run", "sys", "tmp"):
        (bundle / "rootfs" / directory).mkdir(parents=True)
    for program in ("sh", "true"):
        shutil.copy("/bin/busybox", bundle / "rootfs" / "bin" / program)
    run("crun", "spec", cwd=bundle)
    config = json.loads((bundle / "config.json").read_text())
    config["process"].update(terminal=False, args=command)
    config["linux"].pop("resources", None)
    config["linux"]["cgroupsPath"] = f"/{CGROUP}/{name}"
    (bundle / "config.json").write_text(json.dumps(config))
    return bundle


def commands(count):
    """`run` of /bin/true by the three runtimes in turn, with a cgroup."""
    bundle = bundle_of("true", "/bin/true")
    programs = {"ours": [BUILD / "swiftlet-oci"], "crun": ["crun", "--cgroup-manager=cgroupfs"], "runc": ["runc"]}
    times = {name: [] for name in programs}
    states = WORK / "states"
    states.mkdir()
    run("mount", "-t", "tmpfs", "tmpfs", states)  # as /run is
    for number in range(count):
        for name, program in programs.items():
            times[name].append(timed(*program, f"--root={states / name}", "run", "-b", bundle, f"bench{number}"))
    compare("swiftlet-oci run of /bin/true; crun run", times["ours"], times["crun"], 1.0)
    compare("swiftlet-oci run of /bin/true; runc run", times["ours"], times["runc"], 0.35)
    run("umount", "--lazy", states)


def crun_execs():
    """The times of `crun exec` in a running container, each measured when it is asked for."""
    bundle = bundle_of("execs", "/bin/sh", "-c", "sleep 100000")
    program = ["crun", f"--root={WORK / 'crun-execs'}", "--cgroup-manager=cgroupfs"]
    # Detached it keeps its streams open: a pipe of ours would never end.
    with open(os.devnull) as null:
        subprocess.run([*program, "run", "-d", "-b", bundle, "execs"], check=True, stdin=null, stdout=subprocess.DEVNULL)
    try:
        while True:
            yield timed(*program, "exec", "execs", "/bin/true")
    finally:
        run(*program, "delete", "-f", "execs")


def parallel():
    """450 containers of 90 pods, all asked for at once."""
    pods, each = (18, 5) if IN_VM else (90, 5)
    with Agent() as agent:
        idle = pss(agent.processes())
        begin, peak = min(agent.place(f"n{number}", containers=each) for number in range(pods)), 0
        logs = f"{agent.logs}/default_n*-bench_*/c*/0.log"
        while sum(os.path.getsize(log) > 0 for log in glob.glob(logs)) < pods * each:
            peak = max(peak, pss(agent.processes()))
            if time.time() - begin > 300:
                sys.exit(f"parallel: {len(glob.glob(logs))} of {pods * each} containers after 300 s")
            time.sleep(0.05)
        took = time.time() - begin
        what = f"{pods * each} containers of {pods} pods at once: all run; peak of our processes above idle"
        report(what, f"{peak - idle:.0f} MB, {took:.1f} s", (100, "100 MB"), measured=peak - idle)


def memory():
    with Agent() as agent:
        for number in range(PODS):
            agent.place(f"m{number}")
        for number in range(PODS):
            agent.first_line(f"m{number}")
        # Until threads that have nothing to do any more are gone: what they slept is not counted.
        time.sleep(20)
        keepers = [record[kind]["pid"] for record in agent.records() for kind in ("shim", "pause")]
        groups = {"agent": [agent.process.pid], "zygote": children(agent.process.pid), "shims and pauses": keepers}
        before = {name: (ticks(pids), switches(pids)) for name, pids in groups.items()}
        time.sleep(60)
        used = sum(ticks(pids) - before[name][0] for name, pids in groups.items())
        share = used / os.sysconf("SC_CLK_TCK") / 60 * 100
        report(f"idle CPU with {PODS} pods", f"{share:.2f} % of one core", (2, "2 %"), kubelet("20 %"), measured=share)
        for name, pids in groups.items():
            woken = sum(count - before[name][1].get(thread, 0) for thread, count in switches(pids).items())
            report(f"wake-ups of {name} in an idle minute", f"{woken}")
        # As it is when nothing has been started for a while.
        size = pss(groups["agent"])
        report(f"agent with {PODS} pods, PSS", f"{size:.1f} MB", (40, "40 MB"), "recorded: 92 + 73 MB, kubelet + containerd", measured=size)
        size = pss(keepers) / PODS
        report("pause + shim a pod, PSS", f"{size:.2f} MB", (0.35, "0.35 MB"), "recorded: 5.2 MB, containerd-shim", measured=size)


def life():
    with Agent() as agent:
        for number in range(10):
            agent.place(f"i{number}")
        for number in range(10):
            agent.first_line(f"i{number}")
        few = start_of_one(agent, "few", 60)
        known, edited = [], []
        for number in range(40 if IN_VM else 100):
            agent.place(f"e{number}", command="echo; sleep 0.05")
            agent.first_line(f"e{number}")
            known.append(known_after(agent, f"e{number}"))
            (agent.manifests / f"e{number}.json").unlink()
        report("container's exit → status written", spread(known))
        p99 = sorted(known)[int(len(known) * 0.99)]
        report("the same, 99th percentile", f"{p99:.1f} ms", (20, "20 ms"), measured=p99)
        for number in range(20):
            agent.place(f"r{number}")
            agent.first_line(f"r{number}")
            old = set(glob.glob(f"{agent.logs}/default_r{number}-bench_*"))
            begin = agent.place(f"r{number}", command="trap exit TERM; echo again; sleep 100000 & wait")
            edited.append((second_line(agent, f"r{number}", old) - begin) * 1000)
            (agent.manifests / f"r{number}.json").unlink()
        measured = statistics.median(edited)
        report("manifest edited → old container gone, new one runs", spread(edited), (100, "100 ms"), measured=measured)
        count = 100 if IN_VM else 300
        for number in range(10, count):
            agent.place(f"i{number}")
        for number in range(10, count):
            agent.first_line(f"i{number}")
        many = start_of_one(agent, "many", 60)
        ratio = statistics.median(many) / statistics.median(few)
        report(f"start of one more pod beside {count}; beside 10", spread(many), (1.2, "1.2 ×, what runs differ by"), spread(few), ratio, ratio)
        time.sleep(20)
        before = ticks([agent.process.pid])
        time.sleep(30)
        share = (ticks([agent.process.pid]) - before) / os.sysconf("SC_CLK_TCK") / 30 * 100
        report(f"agent's idle CPU with {count} pods", f"{share:.2f} % of one core", (1, "1 %"), measured=share)
        size = pss([agent.process.pid])
        report(f"agent with {count} pods, PSS", f"{size:.1f} MB", (120, "120 MB"), measured=size)


def start_of_one(agent, name, count):
    times = []
    for number in range(count):
        begin = agent.place(f"{name}{number}")
        times.append((agent.first_line(f"{name}{number}") - begin) * 1000)
        agent.remove(f"{name}{number}")
    return times


def known_after(agent, name):
    """From the moment that the shim noted to the one at which the status was written that says so."""
    def stamps():
        for status in glob.glob(f"{agent.state}/statuses/default_{name}-bench_*.json"):
            text = pathlib.Path(status).read_text()
            if json.loads(text)["status"].get("phase") == "Succeeded":
                [exit] = glob.glob(f"{agent.state}/pods/{json.loads(text)['metadata']['uid']}/containers/c0/0.exit")
                return os.stat(status).st_mtime_ns, os.stat(exit).st_mtime_ns
    known, ended = until(stamps, f"pod {name} ends")
    return (known - ended) / 1e6


def second_line(agent, name, old):
    """When the first line of the pod that took the place of another was read."""
    def stamp():
        for log in glob.glob(f"{agent.logs}/default_{name}-bench_*/c0/0.log"):
            if not any(log.startswith(folder) for folder in old) and (line := pathlib.Path(log).read_text()):
                return datetime.datetime.fromisoformat(line.split()[0]).timestamp()
    return until(stamp, f"pod {name} is replaced")


def probes():
    """The CPU time of exec probes: everything that runs for them, the asked program as well."""
    count, seconds = (30, 20) if IN_VM else (100, 20)
    with Agent() as agent:
        for number in range(count):
            agent.place(f"x{number}", probe=["/bin/true"])
        for number in range(count):
            agent.first_line(f"x{number}")
        time.sleep(5)
        pids = agent.processes()
        before = ticks(pids, ended=True)
        time.sleep(seconds)
        ours = (ticks(pids, ended=True) - before) / os.sysconf("SC_CLK_TCK") / (count * seconds) * 1000
    theirs = containerd_execs(200)
    report(f"CPU of an exec probe, {count} pods with one each second; containerd + crun", f"{ours:.2f} ms", (0.2, "0.2 ×"), f"{theirs:.2f} ms", ours / theirs, ours / theirs)


def containerd_execs(count):
    """CPU time of containerd, its shim and crun for one command in a container, without that of the client."""
    work = WORK / "containerd"
    work.mkdir()
    run("mount", "-t", "tmpfs", "tmpfs", work)
    config = f"version = 2\nroot = '{work}/root'\nstate = '{work}/state'\n[grpc]\naddress = '{work}/sock'\n"
    (work / "config.toml").write_text(config)
    # A bundle without rules for devices, as above: a crun of this age cannot set them here.
    bundle = bundle_of("peer", "/bin/sh", "-c", "sleep 100000")
    spec = json.loads((bundle / "config.json").read_text())
    spec["root"]["path"] = str(bundle / "rootfs")
    (bundle / "config.json").write_text(json.dumps(spec))
    with open(work / "log", "w") as log:
        daemon = subprocess.Popen(["containerd", "-c", work / "config.toml"], stdout=log, stderr=log)
    ctr = ["ctr", "-a", f"{work}/sock"]
    until(lambda: subprocess.run([*ctr, "version"], capture_output=True).returncode == 0, "containerd answers")
    with open(os.devnull) as null:
        run(*ctr, "run", "-d", "--runc-binary=crun", "--config", bundle / "config.json", "peer", stdin=null)
    shims = [int(file.split("/")[2]) for file in glob.glob("/proc/[0-9]*/comm") if pathlib.Path(file).read_text() == "containerd-shim\n"]
    before = ticks([daemon.pid, *shims], ended=True)
    for number in range(count):
        run(*ctr, "tasks", "exec", f"--exec-id=e{number}", "peer", "/bin/true")
    used = ticks([daemon.pid, *shims], ended=True) - before
    run(*ctr, "tasks", "rm", "-f", "peer")
    daemon.terminate()
    daemon.wait()
    run("umount", "--lazy", work)
    return used / os.sysconf("SC_CLK_TCK") / count * 1000


def children(pid):
    lists = (pathlib.Path(file).read_text() for file in glob.glob(f"/proc/{pid}/task/*/children"))
    return [int(child) for text in lists for child in text.split()]


def pss(pids):
    total = 0
    for pid in pids:
        # One that was there may have ended.
        with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup") as lines:
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def ticks(pids, ended=False):
    """CPU time of processes, with that of their children that have ended if asked."""
    stats = (pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids)
    return sum(int(field) for stat in stats for field in stat[11:15 if ended else 13])


def switches(pids):
    """How often each thread went to sleep: as often as it was woken."""
    counts = {}
    for file in (file for pid in pids for file in glob.glob(f"/proc/{pid}/task/*/status")):
        with contextlib.suppress(OSError), open(file) as lines:
            counts[file] = sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
    return counts


def images():
    docker, archive = WORK / "big.docker.tar", WORK / "big.tar"
    write_image(docker, [big_layer(number) for number in range(4)], "bench.test/big:1")
    run("skopeo", "--insecure-policy", "copy", "-q", f"docker-archive:{docker}", f"oci-archive:{archive}:bench.test/big:1")
    docker.unlink()
    ours, theirs = [], []
    with Agent() as agent:
        images = [BUILD / "swiftlet", "images"]
        for number in range(5):
            ours.append(timed(*images, "import", archive, "--state-dir", agent.state))
            run(*images, "remove", "bench.test/big:1", "--state-dir", agent.state)
            layout, bundle = WORK / "layout", WORK / "bundle"
            theirs.append(
                timed("skopeo", "--insecure-policy", "copy", "-q", f"oci-archive:{archive}", f"oci:{layout}:1")
                + timed("umoci", "unpack", "--image", f"{layout}:1", bundle))
            for directory in (layout, bundle):
                shutil.rmtree(directory)
    ratio = statistics.median(ours) / statistics.median(theirs)
    report("import + unpack of 200 MB; skopeo + umoci", spread(ours), (1.0, "1.0 ×"), spread(theirs), ratio, ratio)


def table():
    heads = ("what", "ours, median", "peer", "ratio", "target")
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    for row in (heads, tuple("-" * width for width in widths), *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


if __name__ == "__main__":
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    machine = f"{os.cpu_count()} × {model or os.uname().machine}{' (QEMU TCG)' if IN_VM else ''}"
    print(f"{machine}, Linux {os.uname().release}, {datetime.date.today()}, load {os.getloadavg()[0]:.1f}\n", flush=True)
    # What the other file imports is this one, not another copy.
    sys.modules["bench"] = sys.modules["__main__"]
    from bench_cluster import cluster
    for part in sys.argv[1:]:
        print(part, file=sys.stderr, flush=True)
        globals()[part]()
    table()
    sys.exit(1 if failed else 0)
