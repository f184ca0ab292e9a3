"""What the server stores: one row a resource, and the discovery documents made from the rows."""
import dataclasses

VERSION = {
    "major": "1", "minor": "36", "gitVersion": "v1.36.2", "gitCommit": "0000000000000000000000000000000000000000",
    "gitTreeState": "clean", "buildDate": "2026-01-01T00:00:00Z", "goVersion": "go1.25.0", "compiler": "gc",
    "platform": "linux/amd64"}
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


@dataclasses.dataclass(frozen=True)
class Resource:
    """One kind of object. `generation`: the server counts changes of its spec; `fields`: what field selectors may name."""
    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short: tuple = ()
    generation: bool = False
    fields: tuple = ()
    subresources: tuple = ()

    @property
    def api_version(self):
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self):
        """Its name in messages, e.g. `leases.coordination.k8s.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def has_status(self):
        return "status" in self.subresources

    def supports(self, field):
        names = ("metadata.name", "metadata.namespace") if self.namespaced else ("metadata.name",)
        return field in names or field in self.fields


POD_FIELDS = ("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
              "status.phase", "status.podIP", "status.nominatedNodeName")
POD_SUBRESOURCES = ("attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "resize", "status")
EVENT_FIELDS = tuple(f"involvedObject.{name}" for name in (
    "kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")) + (
    "reason", "reportingComponent", "source", "type")

ALL = [
    Resource("", "v1", "configmaps", "ConfigMap", short=("cm",)),
    Resource("", "v1", "endpoints", "Endpoints", short=("ep",)),
    Resource("", "v1", "events", "Event", short=("ev",), fields=EVENT_FIELDS),
    Resource("", "v1", "namespaces", "Namespace", False, ("ns",), fields=("status.phase",), subresources=("status", "finalize")),
    Resource("", "v1", "nodes", "Node", False, ("no",), fields=("spec.unschedulable",), subresources=("proxy", "status")),
    Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", short=("pvc",), subresources=("status",)),
    Resource("", "v1", "persistentvolumes", "PersistentVolume", False, ("pv",), subresources=("status",)),
    Resource("", "v1", "pods", "Pod", True, ("po",), True, POD_FIELDS, POD_SUBRESOURCES),
    Resource("", "v1", "secrets", "Secret", fields=("type",)),
    Resource("", "v1", "serviceaccounts", "ServiceAccount", short=("sa",), subresources=("token",)),
    Resource("", "v1", "services", "Service", short=("svc",), fields=("spec.clusterIP", "spec.type"), subresources=("status",)),
    Resource("apps", "v1", "daemonsets", "DaemonSet", True, ("ds",), True, subresources=("status",)),
    Resource("apps", "v1", "deployments", "Deployment", True, ("deploy",), True, subresources=("status",)),
    Resource("apps", "v1", "replicasets", "ReplicaSet", True, ("rs",), True, subresources=("status",)),
    Resource("apps", "v1", "statefulsets", "StatefulSet", True, ("sts",), True, subresources=("status",)),
    Resource("batch", "v1", "jobs", "Job", True, (), True, subresources=("status",)),
    Resource("certificates.k8s.io", "v1", "certificatesigningrequests", "CertificateSigningRequest", False, ("csr",),
             fields=("spec.signerName",), subresources=("approval", "status")),
    Resource("certificates.k8s.io", "v1beta1", "clustertrustbundles", "ClusterTrustBundle", False, fields=("spec.signerName",)),
    Resource("coordination.k8s.io", "v1", "leases", "Lease"),
    Resource("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", False),
    Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", True, ("pdb",), True, subresources=("status",)),
    Resource("resource.k8s.io", "v1", "resourceclaims", "ResourceClaim", subresources=("status",)),
    Resource("resource.k8s.io", "v1", "resourceslices", "ResourceSlice", False, (), True, ("spec.nodeName", "spec.driver")),
    Resource("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", False, ("pc",)),
    Resource("storage.k8s.io", "v1", "csidrivers", "CSIDriver", False),
    Resource("storage.k8s.io", "v1", "csinodes", "CSINode", False),
    Resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", False, ("sc",)),
    Resource("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", False, subresources=("status",)),
]
# Answered, never stored: plural, kind, whether namespaced.
VIRTUAL = {
    ("authentication.k8s.io", "v1"): [("tokenreviews", "TokenReview", False), ("selfsubjectreviews", "SelfSubjectReview", False)],
    ("authorization.k8s.io", "v1"): [
        ("subjectaccessreviews", "SubjectAccessReview", False),
        ("selfsubjectaccessreviews", "SelfSubjectAccessReview", False)],
}
VIRTUAL_KINDS = [(group, version, kind) for (group, version), rows in VIRTUAL.items() for _, kind, _ in rows] + [
    ("authentication.k8s.io", "v1", "TokenRequest"), ("policy", "v1", "Eviction"), ("", "v1", "Binding")]
SUBRESOURCE_KINDS = {
    "token": ("authentication.k8s.io", "v1", "TokenRequest"), "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"), "exec": ("", "v1", "PodExecOptions"), "attach": ("", "v1", "PodAttachOptions"),
    "portforward": ("", "v1", "PodPortForwardOptions"), "proxy": ("", "v1", "NodeProxyOptions")}
SUBRESOURCE_VERBS = {
    **dict.fromkeys(("token", "eviction", "binding"), ["create"]), **dict.fromkeys(("exec", "attach", "portforward"), ["create", "get"]),
    "log": ["get"], "proxy": ["get"]}

BY_PATH = {(resource.group, resource.version, resource.plural): resource for resource in ALL}
BY_PLURAL = {resource.plural: resource for resource in ALL}
GROUPS = {}
for resource in ALL:
    if resource.group:
        GROUPS.setdefault(resource.group, [])
        if resource.version not in GROUPS[resource.group]:
            GROUPS[resource.group].append(resource.version)
for group, version in VIRTUAL:
    GROUPS.setdefault(group, [version])


def discovery(path, address):
    """The document at a discovery path (without the slash at its end), or None."""
    parts = path.strip("/").split("/")
    match parts:
        case ["api"]:
            servers = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": servers}
        case ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [api_group(group) for group in sorted(GROUPS)]}
        case ["apis", group] if group in GROUPS:
            return {"kind": "APIGroup", "apiVersion": "v1", **api_group(group)}
        case ["api", "v1"]:
            return api_resources("", "v1")
        case ["apis", group, version] if version in GROUPS.get(group, ()):
            return api_resources(group, version)
    return None


def api_group(group):
    versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in GROUPS[group]]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def api_resources(group, version):
    rows = []
    for resource in ALL:
        if (resource.group, resource.version) == (group, version):
            row = {"name": resource.plural, "singularName": resource.kind.lower(), "namespaced": resource.namespaced,
                   "kind": resource.kind, "verbs": VERBS}
            rows.append({**row, "shortNames": list(resource.short)} if resource.short else row)
            rows += [subresource(resource, name) for name in resource.subresources]
    for plural, kind, namespaced in VIRTUAL.get((group, version), ()):
        rows.append({"name": plural, "singularName": kind.lower(), "namespaced": namespaced, "kind": kind, "verbs": ["create"]})
    api_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": rows}


def subresource(resource, name):
    row = {"name": f"{resource.plural}/{name}", "singularName": "", "namespaced": resource.namespaced, "kind": resource.kind,
           "verbs": SUBRESOURCE_VERBS.get(name, ["get", "patch", "update"])}
    if name in SUBRESOURCE_KINDS:
        group, version, row["kind"] = SUBRESOURCE_KINDS[name]
        if group:
            row.update(group=group, version=version)
    return row


def fields_documents():
    """OpenAPI v3 as far as kubectl asks it before it sends: that every kind takes `fieldValidation`."""
    documents = {}
    for resource in ALL:
        place = f"apis/{resource.group}/{resource.version}" if resource.group else "api/v1"
        kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
        patch = {"x-kubernetes-group-version-kind": kind, "x-kubernetes-action": "patch", "responses": {},
                 "parameters": [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}]}
        namespace = "namespaces/{namespace}/" if resource.namespaced else ""
        empty = {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.36.2"}, "paths": {}}
        documents.setdefault(place, empty)["paths"][f"/{place}/{namespace}{resource.plural}/{{name}}"] = {"patch": patch}
    return documents
