"""A test case with a server of its own."""
import pathlib, signal, subprocess, tempfile, time, unittest, warnings

from cluster import control
from cluster.client import Client

HACK = pathlib.Path(__file__).resolve().parent.parent
PODS = "/api/v1/namespaces/default/pods"


def pod(name, **spec):
    return {"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "a:1"}], **spec}}


class WithServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.directory = pathlib.Path(cls.temporary.name)
        cls.start()
        cls.admin, cls.kubelet = Client(cls.directory), Client(cls.directory, "kubelet")

    @classmethod
    def start(cls):
        cls.process = subprocess.Popen([HACK / "apiserver", "--dir", cls.directory], stdout=subprocess.PIPE, text=True)
        assert cls.process.stdout.readline().startswith("ready https://127.0.0.1:")

    @classmethod
    def tearDownClass(cls):
        cls.stop(signal.SIGTERM)
        cls.temporary.cleanup()

    @classmethod
    def stop(cls, number):
        cls.process.send_signal(number)
        cls.process.wait()
        cls.process.stdout.close()

    def setUp(self):
        warnings.simplefilter("ignore", ResourceWarning)

    def tearDown(self):
        control.ask(self.directory, do="clear")
        control.ask(self.directory, do="set", **{"approve": "auto", "watch-list": "allow", "bookmark-interval": 60, "certificate-lifetime": 86400})

    def right(self, answer, code=None):
        self.assertIn(answer[0], (code,) if code else (200, 201), answer[1])
        return answer[1]

    def refused(self, answer, code, text):
        self.assertEqual((answer[0], answer[1]["code"]), (code, code), answer[1])
        self.assertIn(text, answer[1]["message"])

    def node(self, port=10250):
        status = {"conditions": [{"type": "Ready", "status": "True"}], "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
                  "daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}
        code, _ = self.kubelet.post("/api/v1/nodes", {"metadata": {"name": "node1"}, "status": status})
        if code == 409:
            self.right(self.kubelet.patch("/api/v1/nodes/node1/status", {"status": status}))

    def bound(self, name, **spec):
        """A pod on the node, with a deadline for the scheduler."""
        self.right(self.admin.post(PODS, pod(name, **spec)))
        for _ in range(100):
            if (data := self.right(self.admin.get(f"{PODS}/{name}")))["spec"].get("nodeName"):
                return data
            time.sleep(0.01)
        self.fail("the pod was not bound")
