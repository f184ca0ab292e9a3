"""Who may do what: administrators all, a node's agent what concerns its node, bootstrappers a certificate request.

All others may what DIR/access.json says, a list of rules like
    {"users": ["metrics"], "groups": [], "verbs": ["get"], "resources": ["nodes/metrics"], "paths": ["/metrics"]}
read at each question, where "*" is anything."""
import collections, json

from cluster.failure import Failure, forbidden
from cluster.selection import field_terms

OPEN_PATHS = ("/healthz", "/livez", "/readyz", "/version")
READ = ("get", "list", "watch")
# What the node authorizer lets every agent do.
NODE_RULES = {
    "services": READ, "runtimeclasses": READ, "csidrivers": READ, "clustertrustbundles": READ, "storageclasses": ("get",),
    "events": ("create", "patch", "update"), "tokenreviews": ("create",), "subjectaccessreviews": ("create",),
    "selfsubjectreviews": ("create",), "selfsubjectaccessreviews": ("create",), "endpoints": ("get",),
    "certificatesigningrequests": ("create", "get", "list", "watch")}
OWN = {"nodes": ("create", "get", "list", "watch", "update", "patch"), "csinodes": ("create", "get", "update", "patch", "delete"),
       "leases": ("create", "get", "update", "patch", "delete")}
REFERRED = {"secrets": READ, "configmaps": READ, "persistentvolumeclaims": ("get",), "persistentvolumes": ("get",),
            "serviceaccounts": ("get",), "resourceclaims": ("get",)}


def references(namespace, value):
    """(resource, namespace, name) of all that a pod's spec names, which its node's agent may therefore read."""
    if isinstance(value, list):
        for item in value:
            yield from references(namespace, item)
    elif isinstance(value, dict):
        for key, item in value.items():
            name = item if isinstance(item, str) else (item.get("name") or item.get("secretName") or item.get("claimName")
                                                       if isinstance(item, dict) else None)
            plural = {"configMap": "configmaps", "configMapRef": "configmaps", "configMapKeyRef": "configmaps",
                      "secret": "secrets", "secretRef": "secrets", "secretKeyRef": "secrets", "nodePublishSecretRef": "secrets",
                      "persistentVolumeClaim": "persistentvolumeclaims", "serviceAccountName": "serviceaccounts"}.get(key)
            if plural and name:
                yield plural, namespace, name
            elif key == "imagePullSecrets":
                yield from (("secrets", namespace, one.get("name", "")) for one in item)
            else:
                yield from references(namespace, item)


class Access:
    def __init__(self, directory, store):
        self.directory, self.store = directory, store
        self.referred = collections.defaultdict(collections.Counter)

    def changed(self, resource, before, after):
        """Keeps count of what each node's pods name."""
        if resource == "pods":
            for data, sign in ((before, -1), (after, 1)):
                if data and (node := data["spec"].get("nodeName")) and not is_mirror(data):
                    for reference in references(data["metadata"]["namespace"], data["spec"]):
                        self.referred[node][reference] += sign

    def check_path(self, user, request):
        if "system:masters" in user.groups or request.path.rstrip("/") in OPEN_PATHS:
            return
        if "system:authenticated" in user.groups and request.path.startswith(("/api", "/openapi", "/healthz", "/livez", "/readyz")):
            return
        verb = request.method.lower()
        if not self.ruled(user, verb, path=request.path):
            raise Failure(403, "Forbidden", f'forbidden: User "{user.name}" cannot {verb} path "{request.path}"', {})

    def check(self, user, target):
        if "system:masters" in user.groups:
            return
        public = (target.plural, target.namespace, target.name, target.verb) == ("configmaps", "kube-public", "cluster-info", "get")
        itself = target.plural.startswith("selfsubject") and "system:authenticated" in user.groups
        if public or itself or self.ruled(user, target.verb, resource=target.what):
            return
        if "system:bootstrappers" in user.groups and target.what == "certificatesigningrequests" \
                and target.verb in ("create", "get", "list", "watch"):
            return
        why = self.node_refusal(user.node, target) if user.node else ""
        if why is not None:
            raise refusal(user, target, why)

    def ruled(self, user, verb, resource=None, path=None):
        """Whether a rule of access.json allows it."""
        try:
            rules = json.loads((self.directory / "access.json").read_text())
        except FileNotFoundError:
            return False
        def has(words, *wanted): return "*" in words or any(one in words for one in wanted)
        for rule in rules:
            who = has(rule.get("users", ()), user.name) or has(rule.get("groups", ()), *user.groups)
            what = has(rule.get("resources", ()), resource) if resource else has(rule.get("paths", ()), path)
            if who and what and has(rule.get("verbs", ()), verb):
                return True
        return False

    def node_refusal(self, node, target):
        """Why a node's agent may not do it; None if it may."""
        verb, plural, sub = target.verb, target.plural, target.subresource
        if verb in NODE_RULES.get(plural, ()) and not sub:
            return None
        if plural in OWN:
            return self.own_refusal(node, target)
        if plural == "pods":
            return self.pod_refusal(node, target)
        if plural == "serviceaccounts" and sub == "token" and verb == "create":
            known = self.referred[node][("serviceaccounts", target.namespace, target.name)] > 0
            return None if known else f"no relationship found between node '{node}' and this object"
        if plural == "resourceslices" and not sub:
            return None if verb in ("create", "get", "update", "patch", "delete") or self.selects(target, "spec.nodeName", node) \
                else "can only list/watch/deletecollection resourceslices with spec.nodeName field selector"
        if plural == "volumeattachments" and verb == "get" and not sub:
            return self.attachment_refusal(node, target)
        if verb in REFERRED.get(plural, ()) and sub in ("", "status"):
            return self.reference_refusal(node, target)
        return ""

    def own_refusal(self, node, target):
        if target.plural == "leases" and target.namespace != "kube-node-lease":
            return "can only access leases in the \"kube-node-lease\" system namespace"
        if target.verb not in OWN[target.plural] or target.subresource not in ("", "status"):
            return ""
        if target.verb in ("list", "watch") and not target.name:
            return None if self.selects(target, "metadata.name", node) else "node can only read itself"
        if target.verb == "create" or target.name == node:
            return None  # the name of one that is made is looked at with its body
        return f"node '{node}' can only access {target.plural} with the same name as the requesting node"

    def pod_refusal(self, node, target):
        verb, sub = target.verb, target.subresource
        if verb in ("list", "watch") and not sub and not target.name:
            return None if self.selects(target, "spec.nodeName", node) else "can only list/watch pods with spec.nodeName field selector"
        if verb == "create" and not sub:
            return None
        if (verb, sub) not in (("get", ""), ("get", "status"), ("delete", ""), ("patch", "status"), ("update", "status"), ("create", "eviction")):
            return ""
        pod = self.store.get("pods", target.namespace, target.name)
        if pod is None or pod.data["spec"].get("nodeName") == node:
            return None
        return f"node \"{node}\" can only {verb} pods with spec.nodeName set to itself" if verb != "get" else \
            f"no relationship found between node '{node}' and this object"

    def reference_refusal(self, node, target):
        name = target.name or next((value for field, equal, value in field_terms(target.fields) if field == "metadata.name" and equal), None)
        if not name:
            return "no object name found" if target.verb == "get" else "No Object name found"
        if target.plural == "persistentvolumes":
            volume = self.store.get("persistentvolumes", "", name)
            claim = volume.data["spec"].get("claimRef", {}) if volume else {}
            known = self.referred[node][("persistentvolumeclaims", claim.get("namespace"), claim.get("name"))] > 0
        else:
            known = self.referred[node][(target.plural, target.namespace, name)] > 0
        return None if known else f"no relationship found between node '{node}' and this object"

    def attachment_refusal(self, node, target):
        one = self.store.get("volumeattachments", "", target.name)
        return None if one and one.data["spec"].get("nodeName") == node else f"no relationship found between node '{node}' and this object"

    def selects(self, target, field, value):
        return (field, True, value) in field_terms(target.fields)


def is_mirror(pod):
    return "kubernetes.io/config.mirror" in (pod["metadata"].get("annotations") or {})


def refusal(user, target, why):
    place = f'in the namespace "{target.namespace}"' if target.namespace else "at the cluster scope"
    message = f'User "{user.name}" cannot {target.verb} resource "{target.what}" in API group "{target.group}" {place}'
    return forbidden(target, target.name, f"{message}: {why}" if why else message)
