"""A server that runs, and the answers that a node's agent and kubectl rely on."""
import base64, json, signal, socket, ssl, threading, time

from cluster import control, credentials
from cluster.client import Client
from cluster.testing import PODS, WithServer, pod


class Objects(WithServer):
    def test_defaults_and_scheduling(self):
        self.node()
        data = self.bound("defaults")
        spec, metadata = data["spec"], data["metadata"]
        self.assertEqual((spec["restartPolicy"], spec["dnsPolicy"], spec["terminationGracePeriodSeconds"]), ("Always", "ClusterFirst", 30))
        self.assertEqual((data["status"]["qosClass"], metadata["generation"]), ("BestEffort", 1))
        self.assertEqual(spec["containers"][0]["imagePullPolicy"], "IfNotPresent")
        self.assertTrue(spec["volumes"][0]["name"].startswith("kube-api-access-"))
        self.assertEqual(data["status"]["conditions"][0]["type"], "PodScheduled")

    def test_conflicts(self):
        path = "/api/v1/namespaces/default/configmaps"
        first = self.right(self.admin.post(path, {"metadata": {"name": "a"}, "data": {"k": "1"}}))
        self.refused(self.admin.post(path, {"metadata": {"name": "a"}}), 409, 'configmaps "a" already exists')
        second = self.right(self.admin.put(f"{path}/a", {**first, "data": {"k": "2"}}))
        self.refused(self.admin.put(f"{path}/a", {**first, "data": {"k": "3"}}), 409, "the object has been modified")
        same = self.right(self.admin.put(f"{path}/a", second))
        self.assertEqual(same["metadata"]["resourceVersion"], second["metadata"]["resourceVersion"])
        self.refused(self.admin.get(f"{path}/b"), 404, 'configmaps "b" not found')

    def test_status_is_of_one_pod(self):
        self.node()
        data = self.bound("status")
        change = {"metadata": {"uid": "other"}, "status": {"phase": "Running"}, "spec": {"nodeName": "x"}}
        why = f"UID in precondition: other, UID in object meta: {data['metadata']['uid']}"
        self.refused(self.kubelet.patch(f"{PODS}/status/status", change), 409, why)
        change["metadata"]["uid"] = data["metadata"]["uid"]
        after = self.right(self.kubelet.patch(f"{PODS}/status/status", change))
        self.assertEqual((after["status"]["phase"], after["spec"]["nodeName"]), ("Running", "node1"))
        self.refused(self.admin.patch(f"{PODS}/status", {"spec": {"hostNetwork": True}}), 422, "pod updates may not change fields")
        self.assertEqual(self.right(self.admin.patch(f"{PODS}/status", {"spec": {"activeDeadlineSeconds": 9}}))["metadata"]["generation"], 2)

    def test_graceful_deletion(self):
        self.node()
        data = self.bound("graceful", terminationGracePeriodSeconds=20)
        path, uid = f"{PODS}/graceful", data["metadata"]["uid"]
        for grace, expected in ((None, 20), (30, 20), (5, 5)):
            options = {} if grace is None else {"gracePeriodSeconds": grace}
            metadata = self.right(self.admin.delete(path, **options))["metadata"]
            self.assertEqual((metadata["deletionGracePeriodSeconds"], metadata["generation"]), (expected, 2))
        refused = self.kubelet.delete(path, gracePeriodSeconds=0, preconditions={"uid": "other"})
        self.refused(refused, 409, "Precondition failed: UID in precondition: other")
        self.right(self.kubelet.delete(path, gracePeriodSeconds=0, preconditions={"uid": uid}))
        self.refused(self.admin.get(path), 404, 'pods "graceful" not found')

    def test_violations_are_written_down(self):
        before = (self.directory / "violations.jsonl").read_text()
        self.right(self.admin.post(PODS, {**pod("unknown"), "spek": 1}))
        self.assertIn('unknown field', self.admin.headers["Warning"])
        self.refused(self.admin.post(PODS, pod("wrong", hostNetwork="yes")), 400, "cannot unmarshal")
        self.refused(self.admin.post(f"{PODS}?fieldValidation=Strict", {**pod("strict"), "spek": 1}), 400, "strict decoding error")
        lines = (self.directory / "violations.jsonl").read_text().removeprefix(before).splitlines()
        self.assertEqual(len(lines), 3)

    def test_lists(self):
        path = "/api/v1/namespaces/default/secrets"
        for number in range(5):
            self.right(self.admin.post(path, {"metadata": {"name": f"s{number}", "labels": {"n": str(number)}}}))
        first = self.right(self.admin.get(f"{path}?limit=2&labelSelector=n"))
        token = first["metadata"]["continue"]
        rest = self.right(self.admin.get(f"{path}?limit=9&continue={token}"))
        self.assertEqual([one["metadata"]["name"] for one in first["items"] + rest["items"]], [f"s{number}" for number in range(5)])
        chosen = self.right(self.admin.get(f"{path}?labelSelector=n+in+(1,2),n!=2"))
        self.assertEqual([one["metadata"]["name"] for one in chosen["items"]], ["s1"])
        control.ask(self.directory, do="compact")
        self.refused(self.admin.get(f"{path}?limit=9&continue={token}"), 410, "too old")


class Watches(WithServer):
    PATH = "/api/v1/namespaces/default/configmaps"

    def change(self, name, value):
        self.right(self.admin.post(self.PATH, {"metadata": {"name": name}, "data": {"k": value}}))

    def test_streamed_list_and_bookmarks(self):
        self.change("streamed", "1")
        control.ask(self.directory, do="set", **{"bookmark-interval": 0.2})
        watch = self.admin.watch(self.PATH, sendInitialEvents="true", resourceVersionMatch="NotOlderThan", allowWatchBookmarks="true")
        *objects, (_, mark) = watch.until("BOOKMARK")
        self.assertIn("streamed", [data["metadata"]["name"] for _, data in objects])
        self.assertEqual(mark["metadata"]["annotations"], {"k8s.io/initial-events-end": "true"})
        self.assertNotIn("annotations", watch.next()[1]["metadata"])
        watch.close()
        control.ask(self.directory, do="set", **{"watch-list": "refuse"})
        self.assertEqual(self.admin.watch(self.PATH, sendInitialEvents="true", resourceVersionMatch="NotOlderThan").code, 422)

    def test_goes_on_after_a_restart_and_not_after_compaction(self):
        version = self.right(self.admin.get(self.PATH))["metadata"]["resourceVersion"]
        self.change("kept", "1")
        type(self).stop(signal.SIGKILL)
        type(self).start()
        self.admin.connection = self.kubelet.connection = None
        kind, data = self.admin.watch(self.PATH, resourceVersion=version).next()
        self.assertEqual((kind, data["metadata"]["name"]), ("ADDED", "kept"))
        self.refused(self.admin.post(self.PATH, {"metadata": {"name": "kept"}}), 409, "already exists")
        control.ask(self.directory, do="compact")
        kind, data = self.admin.watch(self.PATH, resourceVersion=version).next()
        self.assertEqual((kind, data["code"], data["reason"]), ("ERROR", 410, "Expired"))
        control.ask(self.directory, do="set", **{"expired-watch": "status"})
        self.assertEqual(self.admin.watch(self.PATH, resourceVersion=version).code, 410)

    def test_selection_decides_what_a_change_is(self):
        self.right(self.admin.post(PODS, pod("moves")))
        watch = self.admin.watch("/api/v1/pods?fieldSelector=spec.nodeName=node9", timeoutSeconds=5)
        target = {"target": {"kind": "Node", "name": "node9"}}
        self.right(self.admin.post(f"{PODS}/moves/binding", target))
        self.assertEqual(watch.next()[0], "ADDED")
        self.right(self.admin.delete(f"{PODS}/moves", gracePeriodSeconds=0))
        self.assertEqual(watch.next()[0], "DELETED")
        control.ask(self.directory, do="stop-watches")
        self.assertIsNone(watch.next())


class Access(WithServer):
    def certificate(self, name, signer, usage, names=""):
        key = self.directory / "test.key"
        credentials.openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", key)
        alternative = ["-addext", f"subjectAltName={names}"] if names else []
        request = credentials.openssl("req", "-new", "-key", key, "-subj", f"/O=system:nodes/CN=system:node:{name}", *alternative)
        return {"metadata": {"generateName": "csr-"}, "spec": {
            "request": base64.b64encode(request).decode(), "signerName": signer, "usages": ["digital signature", usage]}}

    def signed(self, client, body):
        path = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
        name = self.right(client.post(path, body))["metadata"]["name"]
        for _ in range(50):
            status = self.right(client.get(f"{path}/{name}")).get("status", {})
            if "certificate" in status or any(one["type"] in ("Denied", "Failed") for one in status.get("conditions", ())):
                return status
            time.sleep(0.05)
        return status

    def test_certificates(self):
        bootstrap = Client(self.directory, token=(self.directory / "bootstrap.token").read_text())
        self.refused(bootstrap.get("/api/v1/nodes"), 403, 'User "system:bootstrap:')
        client = "kubernetes.io/kube-apiserver-client-kubelet"
        control.ask(self.directory, do="set", **{"certificate-lifetime": 2})
        status = self.signed(bootstrap, self.certificate("node7", client, "client auth"))
        (self.directory / "test.crt").write_bytes(base64.b64decode(status["certificate"]))
        node7 = Client(self.directory, "test")
        self.right(node7.post("/api/v1/nodes", {"metadata": {"name": "node7"}}))
        self.refused(node7.get("/api/v1/nodes/node1"), 403, "")
        time.sleep(2.1)
        self.assertEqual(node7.get("/api/v1/nodes/node7")[0], 401)
        serving = self.certificate("node1", "kubernetes.io/kubelet-serving", "server auth", "IP:127.0.0.1,DNS:node1")
        self.assertIn("certificate", self.signed(self.kubelet, serving))
        control.ask(self.directory, do="set", approve="deny")
        self.assertEqual(self.signed(self.kubelet, self.certificate("node1", client, "client auth"))["conditions"][0]["type"], "Denied")

    def test_an_agent_reads_what_its_pods_name(self):
        self.node()
        for name in ("named", "other"):
            self.right(self.admin.post("/api/v1/namespaces/default/secrets", {"metadata": {"name": name}}))
        self.bound("reader", volumes=[{"name": "v", "secret": {"secretName": "named"}}])
        self.right(self.kubelet.get("/api/v1/namespaces/default/secrets/named"))
        self.refused(self.kubelet.get("/api/v1/namespaces/default/secrets/other"), 403, "no relationship found between node 'node1' and this object")
        self.refused(self.kubelet.get("/api/v1/pods"), 403, "can only list/watch pods with spec.nodeName field selector")
        self.refused(self.kubelet.post(PODS, pod("mine", nodeName="node1")), 403, "can only create mirror pods")

    def test_tokens(self):
        self.node()
        self.bound("stays")
        data = self.bound("token")
        reference = {"kind": "Pod", "apiVersion": "v1", "name": "token", "uid": data["metadata"]["uid"]}
        path = "/api/v1/namespaces/default/serviceaccounts/default/token"
        token = self.right(self.kubelet.post(path, {"spec": {"expirationSeconds": 3607, "boundObjectRef": reference}}))["status"]["token"]
        def review(): return self.right(self.admin.post("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": token}}))["status"]
        self.assertEqual(review()["user"]["username"], "system:serviceaccount:default:default")
        self.refused(Client(self.directory, token=token).get("/api/v1/pods"), 403, 'cannot list resource "pods"')
        for ahead, is_good in (3700, False), (-60, False), (0, True):
            control.ask(self.directory, do="set", clock=ahead)
            self.assertEqual(review().get("authenticated", False), is_good, ahead)
        self.right(self.admin.delete(f"{PODS}/token", gracePeriodSeconds=0))
        self.assertFalse(review().get("authenticated"))
        self.refused(self.kubelet.post(path, {"spec": {"boundObjectRef": reference}}), 404, 'pods "token" not found')

    def test_access_reviews_follow_the_rules(self):
        def allowed(user, *groups):
            attributes = {"verb": "get", "resource": "nodes", "subresource": "metrics"}
            body = {"spec": {"user": user, "groups": groups, "resourceAttributes": attributes}}
            return self.right(self.kubelet.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", body))["status"]["allowed"]
        self.assertEqual((allowed("a", "system:masters"), allowed("a")), (True, False))
        (self.directory / "access.json").write_text(json.dumps([{"users": ["a"], "verbs": ["get"], "resources": ["nodes/metrics"]}]))
        self.assertEqual((allowed("a"), allowed("b")), (True, False))

    def test_nobody_sees_the_public_configuration(self):
        nobody = Client(self.directory, user=None)
        data = self.right(nobody.get("/api/v1/namespaces/kube-public/configmaps/cluster-info"))["data"]
        self.assertIn(f"jws-kubeconfig-{(self.directory / 'bootstrap.token').read_text()[:6]}", data)
        self.refused(nobody.get("/api/v1/nodes"), 403, "system:anonymous")


class Faults(WithServer):
    def test_answers_go_wrong_as_often_as_wanted(self):
        control.ask(self.directory, do="fault", kind="429", match="GET /version", times=1, delay=3)
        self.refused(self.admin.get("/version"), 429, "Too many requests")
        self.assertEqual(self.admin.headers["Retry-After"], "3")
        self.right(self.admin.get("/version"))
        for kind, error in (("reset", ConnectionResetError), ("truncate", Exception)):
            control.ask(self.directory, do="fault", kind=kind, times=1)
            with self.assertRaises(error):
                self.admin.get("/version")
            self.admin.connection = None
        control.ask(self.directory, do="refuse", drop=True)
        with self.assertRaises(ConnectionRefusedError):
            self.admin.connection = None
            self.admin.get("/version")
        self.admin.connection = None
        control.ask(self.directory, do="accept")
        self.right(self.admin.get("/version"))

    def test_bytes_pass_to_the_agent_and_back(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.directory / "kubelet.crt", self.directory / "kubelet.key")
        context.load_verify_locations(self.directory / "ca.crt")
        context.verify_mode = ssl.CERT_REQUIRED
        asked = []

        def agent(listener):
            with context.wrap_socket(listener.accept()[0], server_side=True) as connection:
                asked.append(connection.recv(4096).decode().split(" ")[1])
                connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\nConnection: Upgrade\r\n\r\n")
                while data := connection.recv(4096):
                    connection.sendall(data[::-1])
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=agent, args=(listener,))
            thread.start()
            self.node(listener.getsockname()[1])
            self.bound("exec")
            connection = self.admin.connect()
            path = f"{PODS}/exec/exec?container=c&command=a&command=b%20c&stdin=true&stdout=true&stderr=false&tty=true"
            connection.putrequest("POST", path)
            connection.putheader("Connection", "Upgrade")
            connection.putheader("Upgrade", "SPDY/3.1")
            connection.endheaders()
            plain, head = connection.sock, b""
            while not head.endswith(b"\r\n\r\n"):
                head += plain.recv(1)
            self.assertTrue(head.startswith(b"HTTP/1.1 101 "))
            plain.sendall(b"\x80\x03abc")
            self.assertEqual(plain.recv(5), b"cba\x03\x80")
            connection.close()
            thread.join(5)
        self.assertEqual(asked, ["/exec/default/exec/c?command=a&command=b+c&input=1&output=1&tty=1"])
