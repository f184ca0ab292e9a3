"""What a node's agent may write into objects: only what is about its own node.

Source: plugin/pkg/admission/noderestriction of Kubernetes."""
from cluster.access import OWN, is_mirror, references
from cluster.failure import forbidden

LABELS = {
    "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type", "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region"}
REFERRED = {"serviceaccounts": "a service account", "secrets": "secrets", "configmaps": "configmaps",
            "persistentvolumeclaims": "persistentvolumeclaims"}


def admit_by_node(store, user, target, data, before=None):
    """Refuses what an agent may not write; others are not looked at."""
    node = user.node
    if node is None:
        return
    for why in refusals(store, node, target, data, before):
        raise forbidden(target.resource, data["metadata"].get("name", ""), f'node "{node}" {why}')


def refusals(store, node, target, data, before):
    name, plural = data["metadata"].get("name"), target.plural
    if plural in OWN and target.verb == "create" and name != node:
        yield f'is not allowed to modify {target.kind.lower()} "{name}"'
    if plural == "pods" and target.subresource == "status" and labels(before) != labels(data):
        yield "cannot update labels through pod status"
    if plural == "pods" and target.verb == "create" and not target.subresource:
        yield from mirror_refusals(store, node, data)
    if plural == "nodes":
        yield from node_refusals(target, data, before)
    if plural == "resourceslices" and data.get("spec", {}).get("nodeName") != node:
        yield f'can only create resourceslices with spec.nodeName "{node}"'


def labels(data):
    return data["metadata"].get("labels") or {}


def mirror_refusals(store, node, pod):
    if not is_mirror(pod):
        yield 'can only create mirror pods: pod does not have "kubernetes.io/config.mirror" annotation'
    if pod["spec"].get("nodeName") != node:
        yield "can only create pods with spec.nodeName set to itself"
    owners, itself = pod["metadata"].get("ownerReferences", []), store.get("nodes", "", node)
    if [(one.get("apiVersion"), one.get("kind"), one.get("name")) for one in owners] != [("v1", "Node", node)]:
        yield "can only create pods with an owner reference set to itself"
    elif not owners[0].get("controller"):
        yield "can only create pods with a controller owner reference set to itself"
    elif owners[0].get("blockOwnerDeletion"):
        yield "must not set blockOwnerDeletion on an owner reference"
    elif not itself or owners[0].get("uid") != itself.data["metadata"]["uid"]:
        yield f"UID mismatch: expected {itself.data['metadata']['uid'] if itself else 'none'} got {owners[0].get('uid')}"
    for plural in {row[0] for row in references(pod["metadata"]["namespace"], pod["spec"])}:
        yield f"can not create pods that reference {REFERRED.get(plural, plural)}"


def node_refusals(target, data, before):
    old = labels(before) if before else {}
    changed = {key for key in {**old, **labels(data)} if old.get(key) != labels(data).get(key)}
    if wrong := sorted(key for key in changed if not may_set(key)):
        yield f"is not allowed to {'modify' if before else 'set the following'} labels: {', '.join(wrong)}"
    if before and not target.subresource and before.get("spec", {}).get("taints") != data.get("spec", {}).get("taints"):
        yield "is not allowed to modify taints"
    if before and target.subresource == "" and "configSource" in data.get("spec", {}):
        yield "is not allowed to update configSource"


def may_set(label):
    domain, _, name = label.rpartition("/")
    if domain == "node-restriction.kubernetes.io" or domain.endswith(".node-restriction.kubernetes.io"):
        return False
    if not any(domain == one or domain.endswith("." + one) for one in ("kubernetes.io", "k8s.io")):
        return True
    return label in LABELS or any(domain == one or domain.endswith("." + one) for one in ("kubelet.kubernetes.io", "node.kubernetes.io"))
