"""Certificate requests: approved, denied or left alone as the setting `approve` says, and signed by the server's authority."""
import asyncio, base64, re

from cluster.credentials import openssl
from cluster.objects import timestamp
from cluster.store import private

CLIENT, SERVING = "kubernetes.io/kube-apiserver-client-kubelet", "kubernetes.io/kubelet-serving"
PURPOSE = {CLIENT: "client auth", SERVING: "server auth"}
EXTENDED = {CLIENT: "clientAuth", SERVING: "serverAuth"}
VERDICTS = {"auto": ("Approved", "AutoApproved", "approved by the test API server"),
            "deny": ("Denied", "Refused", "denied by the test API server")}
KEY_USAGE = {"digital signature": "digitalSignature", "key encipherment": "keyEncipherment"}


class Signer:
    """One request after the other, beside the server's other work: openssl may take its time."""

    def __init__(self, server):
        self.server, self.turn, self.tasks = server, asyncio.Lock(), set()

    def changed(self, resource, before, after):
        if resource == "certificatesigningrequests" and after:
            self.begin(after["metadata"]["name"])

    def run(self):
        for stored in self.server.store.items("certificatesigningrequests"):
            self.begin(stored.data["metadata"]["name"])

    def begin(self, name):
        task = asyncio.get_running_loop().create_task(self.look(name))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def look(self, name):
        """Does the next thing for a request: a verdict, then the certificate."""
        async with self.turn:
            stored = self.server.store.get("certificatesigningrequests", "", name)
            if stored is None or stored.data["spec"].get("signerName") not in PURPOSE:
                return
            data = private(stored.data)
            status = data.setdefault("status", {})
            verdicts = {one["type"] for one in status.get("conditions", ())}
            if status.get("certificate") or verdicts & {"Denied", "Failed"}:
                return
            if verdicts:
                await asyncio.to_thread(self.sign, data["spec"], status)
            elif verdict := VERDICTS.get(self.server.settings["approve"]):
                add(status, *verdict)
            if self.server.store.get("certificatesigningrequests", "", name) is stored and data != stored.data:
                self.server.store.put("certificatesigningrequests", data)

    def sign(self, spec, status):
        try:
            names = self.check(spec, base64.b64decode(spec["request"]))
            seconds = min(spec.get("expirationSeconds") or 1 << 40, self.server.settings["certificate-lifetime"])
            usages = ", ".join(KEY_USAGE[usage] for usage in spec["usages"] if usage in KEY_USAGE)
            certificate = self.server.credentials.sign(
                base64.b64decode(spec["request"]), EXTENDED[spec["signerName"]], names, seconds, usages)
            status["certificate"] = base64.b64encode(certificate).decode()
        except (RuntimeError, ValueError) as error:
            add(status, "Failed", "SignerValidationFailure", str(error))

    def check(self, spec, request):
        """What the signers of a real cluster ask of a request; the names that it is for."""
        text = openssl("req", "-noout", "-verify", "-subject", "-nameopt", "RFC2253", "-text", input=request).decode()
        subject = re.search(r"^subject=(.*)$", text, re.M)[1]
        purpose = PURPOSE[spec["signerName"]]
        user = spec.get("username", "")
        if (found := re.fullmatch(r"CN=(system:node:[^,]+),O=system:nodes|O=system:nodes,CN=(system:node:[^,]+)", subject)) is None:
            raise ValueError(f"subject must be organization system:nodes and common name system:node:NAME, and is {subject}")
        name = found[1] or found[2]
        bootstraps = user.startswith("system:bootstrap:") and spec["signerName"] == CLIENT
        if not bootstraps and user != name and "system:masters" not in spec.get("groups", ()):
            raise ValueError(f"{user} may not ask for a certificate of {name}")
        allowed = {"digital signature", "key encipherment", purpose}
        if not {"digital signature", purpose} <= set(spec["usages"]) <= allowed:
            raise ValueError(f"usages must be digital signature and {purpose}, and perhaps key encipherment")
        return self.names(spec, text)

    def names(self, spec, text):
        found = re.search(r"Subject Alternative Name: *(?:critical)?\n +(.*)$", text, re.M)
        if spec["signerName"] == CLIENT:
            if found:
                raise ValueError("DNS and IP names are not allowed")
            return ""
        if not found:
            raise ValueError("DNS or IP names are needed")
        return found[1].replace("IP Address:", "IP:").replace(" ", "")


def add(status, kind, reason, message):
    now = timestamp()
    status.setdefault("conditions", []).append(
        {"type": kind, "status": "True", "reason": reason, "message": message, "lastUpdateTime": now, "lastTransitionTime": now})
