"""kube-controller-manager beside a real API server: who approves and signs certificates, and signs the cluster's first words."""
import json, pathlib

PROGRAM = "kube-controller-manager"
BOOTSTRAPPERS = "system:bootstrappers:kubeadm:default-node-token"
# Those that nodes and their certificates need. Others would do what a test means to do itself: bind, evict, delete.
CONTROLLERS = ("bootstrap-signer-controller", "token-cleaner-controller", "certificatesigningrequest-approving-controller",
               "certificatesigningrequest-signing-controller", "certificatesigningrequest-cleaner-controller",
               "root-ca-certificate-publisher-controller", "serviceaccount-controller")
RBAC = "rbac.authorization.k8s.io"
# What kubeadm binds for nodes that join, by its names. Source: kubeadm, app/phases/bootstraptoken.
BINDINGS = {
    "kubeadm:kubelet-bootstrap": ("system:node-bootstrapper", BOOTSTRAPPERS),
    "kubeadm:node-autoapprove-bootstrap": ("system:certificates.k8s.io:certificatesigningrequests:nodeclient", BOOTSTRAPPERS),
    "kubeadm:node-autoapprove-certificate-rotation":
        ("system:certificates.k8s.io:certificatesigningrequests:selfnodeclient", "system:nodes"),
}
INFORMATION = "kubeadm:bootstrap-signer-clusterinfo"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
SERVING = "kubernetes.io/kubelet-serving"


def found(assets):
    """The program, in the directory of the others or in one beside it; None: it is not there."""
    assets = pathlib.Path(assets)
    places = (assets, assets.parent, *sorted(assets.resolve().parent.iterdir()))
    return next((place / PROGRAM for place in places if (place / PROGRAM).is_file()), None)


class Controllers:
    def __init__(self, server, program, lifetime):
        """lifetime: of the certificates that are signed, in seconds."""
        self.server, self.program, self.lifetime = server, program, lifetime
        self.at = server.directory

    def command(self):
        key, authority = self.at / "service-accounts.key", self.at / "ca.crt"
        return (self.program, f"--kubeconfig={self.at}/admin.conf", f"--controllers={','.join(CONTROLLERS)}", "--leader-elect=false",
                f"--cluster-signing-cert-file={authority}", f"--cluster-signing-key-file={self.at}/ca.key",
                f"--cluster-signing-duration={int(self.lifetime)}s", f"--service-account-private-key-file={key}",
                f"--root-ca-file={authority}", "--secure-port=0")

    # What a cluster has where machines join with a token

    def fill(self):
        identity, _, secret = self.server.credentials.bootstrap.partition(".")
        texts = {"token-id": identity, "token-secret": secret, "usage-bootstrap-authentication": "true",
                 "usage-bootstrap-signing": "true", "auth-extra-groups": BOOTSTRAPPERS}
        self.make("/api/v1/namespaces/kube-system/secrets", f"bootstrap-token-{identity}",
                  type="bootstrap.kubernetes.io/token", stringData=texts)
        self.make("/api/v1/namespaces/kube-public/configmaps", "cluster-info", data={"kubeconfig": self.kubeconfig()})
        for name, (role, group) in BINDINGS.items():
            self.make(f"/apis/{RBAC}/v1/clusterrolebindings", name, **self.binding("ClusterRole", role, "Group", group))
        public = f"/apis/{RBAC}/v1/namespaces/kube-public"
        self.make(f"{public}/roles", INFORMATION, rules=[
            {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["cluster-info"], "verbs": ["get"]}])
        self.make(f"{public}/rolebindings", INFORMATION, **self.binding("Role", INFORMATION, "User", "system:anonymous"))
        self.server.until("signature of cluster-info", lambda: f"jws-kubeconfig-{identity}" in self.information())

    def information(self):
        return self.server.ask("GET", "/api/v1/namespaces/kube-public/configmaps/cluster-info")[1]

    def kubeconfig(self):
        return json.dumps({"apiVersion": "v1", "kind": "Config", "clusters": [{"name": "", "cluster": {
            "certificate-authority-data": self.server.credentials.authority_data, "server": self.server.url}}]})

    def binding(self, kind, role, subject, name):
        return {"roleRef": {"apiGroup": RBAC, "kind": kind, "name": role},
                "subjects": [{"apiGroup": RBAC, "kind": subject, "name": name}]}

    def make(self, path, name, **fields):
        code, text = self.server.ask("POST", path, {"metadata": {"name": name}, **fields})
        if code not in (201, 409):
            raise SystemExit(f"apiserver: {path}: {text}")

    # What no controller does: a serving certificate is approved by whoever keeps the cluster

    def approve(self):
        code, text = self.server.ask("GET", REQUESTS)
        for request in json.loads(text).get("items", ()) if code == 200 else ():
            if request["spec"]["signerName"] == SERVING and not request["status"].get("conditions"):
                request["status"]["conditions"] = [
                    {"type": "Approved", "status": "True", "reason": "AutoApproved", "message": "approved by hack/apiserver"}]
                self.server.ask("PUT", f"{REQUESTS}/{request['metadata']['name']}/approval", request)
