"""What happens to objects of a kind when they are created or changed, beyond being stored."""
import base64, ipaddress

from cluster import defaults
from cluster.failure import invalid, refused_field

NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


def prepare_create(resource, data, store, user):
    """Fills in what the server does at creation."""
    if resource.has_status and resource.plural != "nodes":
        data["status"] = {}
    if resource.generation:
        data["metadata"]["generation"] = 1
    if prepare := CREATE.get(resource.plural):
        prepare(resource, data, store, user)


def create_pod(resource, data, store, user):
    causes = []
    if "spec" not in data:
        data["spec"] = {}
    defaults.default_pod(data)
    defaults.validate_pod(data, causes)
    if causes:
        raise invalid(resource, data["metadata"]["name"], *causes)
    defaults.admit_pod(data, store, resource)
    if data["spec"].get("schedulingGates"):
        why = "Scheduling is blocked due to non-empty scheduling gates"
        data["status"]["conditions"] = [condition("PodScheduled", "False", "SchedulingGated", why)]


def condition(kind, status, reason=None, message=None, at=None):
    rows = {"type": kind, "status": status, "lastProbeTime": None, "lastTransitionTime": at, "reason": reason, "message": message}
    return {key: value for key, value in rows.items() if value is not None or key == "lastProbeTime"}


def create_node(resource, data, store, user):
    """The taint that a new node has until it is ready (the plugin TaintNodesByCondition, the node lifecycle controller)."""
    if any((one["type"], one["status"]) == ("Ready", "True") for one in (data.get("status") or {}).get("conditions") or ()):
        return
    taints = data.setdefault("spec", {}).setdefault("taints", [])
    if not any(taint.get("key") == NOT_READY["key"] and taint.get("effect") == "NoSchedule" for taint in taints):
        taints.append(dict(NOT_READY))
    changed_node(data)


def create_namespace(resource, data, store, user):
    metadata = data["metadata"]
    metadata["labels"] = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
    data["spec"], data["status"] = {"finalizers": ["kubernetes"]}, {"phase": "Active"}


def create_secret(resource, data, store, user):
    defaults.fill(data, type="Opaque")
    for key, text in data.pop("stringData", {}).items():
        data.setdefault("data", {})[key] = base64.b64encode(text.encode()).decode()


def create_service(resource, data, store, user):
    spec = data.setdefault("spec", {})
    defaults.fill(spec, type="ClusterIP", sessionAffinity="None")
    for port in spec.get("ports", ()):
        defaults.fill(port, protocol="TCP", targetPort=port.get("port"))
    if spec["type"] != "ExternalName":
        if not spec.get("clusterIP"):
            used = {one.data["spec"].get("clusterIP") for one in store.items("services")}
            spec["clusterIP"] = next(str(host) for host in ipaddress.ip_network("10.96.0.0/16").hosts() if str(host) not in used)
        defaults.fill(spec, clusterIPs=[spec["clusterIP"]], ipFamilies=["IPv4"], ipFamilyPolicy="SingleStack",
                      internalTrafficPolicy="Cluster")
    data["status"] = {"loadBalancer": {}}


def create_claim(resource, data, store, user):
    defaults.fill(data["spec"], volumeMode="Filesystem")
    data["status"] = {"phase": "Pending"}


def create_volume(resource, data, store, user):
    defaults.fill(data["spec"], volumeMode="Filesystem", persistentVolumeReclaimPolicy="Retain")
    data["status"] = {"phase": "Pending"}


def create_request(resource, data, store, user):
    """A certificate request says who made it; the requester cannot."""
    info, spec = user.info, data["spec"]
    for field in ("username", "uid", "groups", "extra"):
        spec.pop(field, None)
        if field in info:
            spec[field] = info[field]


def create_event(resource, data, store, user):
    """Source: pkg/apis/core/validation/events.go."""
    name, namespace, causes = data["metadata"]["name"], data["metadata"]["namespace"], []
    about = data.get("involvedObject", {}).get("namespace")
    if namespace != (about or "default"):
        causes.append(("involvedObject.namespace", f'Invalid value: "{about or ""}": does not match event.namespace', "FieldValueInvalid"))
    if data.get("eventTime"):
        wanted = {"reportingController": "reportingComponent", **{name: name for name in ("reportingInstance", "action", "reason")}}
        causes += [(title, "Required value", "FieldValueRequired") for title, field in wanted.items() if not data.get(field)]
        if data.get("type") not in ("Normal", "Warning"):
            causes.append(("type", f'Invalid value: "{data.get("type", "")}"', "FieldValueInvalid"))
    if causes:
        raise invalid(resource, name, *causes)


CREATE = {
    "events": create_event, "pods": create_pod, "nodes": create_node, "namespaces": create_namespace, "secrets": create_secret,
    "services": create_service, "persistentvolumeclaims": create_claim, "persistentvolumes": create_volume,
    "certificatesigningrequests": create_request}

# Changes

def check_update(target, before, after):
    """What must not be changed; refuses as the real validation does."""
    resource, name = target.resource, before["metadata"]["name"]
    if target.subresource == "status":
        if target.plural == "pods":
            check_pod_status(resource, before, after)
    elif target.plural == "pods":
        check_pod_spec(target, before, after)
    elif before.get("immutable"):
        if any(before.get(field) != after.get(field) for field in ("data", "binaryData", "immutable")):
            raise refused_field(resource, name, "data", "Forbidden: field is immutable when `immutable` is set")
    elif target.plural == "certificatesigningrequests" and before["spec"] != after.get("spec"):
        after["spec"] = before["spec"]


MUTABLE = ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "schedulingGates")
REFUSAL = ("Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
           "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
           "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)")


def frozen(spec, subresource):
    """What of a pod's spec a change of it, or of one of its subresources, must leave as it is."""
    free = {"": ("image",), "resize": ("resources", "resizePolicy")}.get(subresource, ())
    rest = {key: value for key, value in spec.items() if subresource or key not in MUTABLE}
    if subresource == "ephemeralcontainers":
        rest.pop("ephemeralContainers", None)
    if subresource == "resize":
        rest.pop("resources", None)
    for kind in ("containers", "initContainers"):
        if kind in rest:
            rest[kind] = [{key: value for key, value in container.items() if key not in free} for container in rest[kind]]
    return rest


def check_pod_spec(target, before, after):
    name, subresource = before["metadata"]["name"], target.subresource
    if subresource == "ephemeralcontainers":
        for container in after["spec"].get("ephemeralContainers", ()):
            defaults.default_container(container)
        known = before["spec"].get("ephemeralContainers", [])
        if after["spec"].get("ephemeralContainers", [])[:len(known)] != known:
            why = "Forbidden: existing ephemeral containers may not be changed or removed"
            raise refused_field(target.resource, name, "spec.ephemeralContainers", why)
    if frozen(before["spec"], subresource) != frozen(after["spec"], subresource):
        texts = {"resize": "Forbidden: only cpu and memory resources are mutable",
                 "ephemeralcontainers": "Forbidden: only ephemeralContainers may be changed"}
        raise refused_field(target.resource, name, "spec", texts.get(subresource, REFUSAL))
    kept = after["spec"].get("tolerations", [])
    if any(one not in kept for one in before["spec"].get("tolerations", [])):
        why = "Forbidden: existing toleration can not be modified except its tolerationSeconds"
        raise refused_field(target.resource, name, "spec.tolerations", why)


def check_pod_status(resource, before, after):
    """Terminated containers of pods that are not restarted stay so; the quality of service does not change."""
    old, new, name = before.get("status", {}), after.get("status", {}), before["metadata"]["name"]
    if old.get("qosClass") and new.get("qosClass") != old["qosClass"]:
        why = f'Invalid value: "{new.get("qosClass", "")}": field is immutable'
        raise refused_field(resource, name, "status.qosClass", why, "FieldValueInvalid")
    policy = before["spec"].get("restartPolicy")
    if policy == "Always":
        return
    states = {one.get("name"): one.get("state", {}) for one in new.get("containerStatuses", ())}
    own_rules = {one["name"] for one in before["spec"]["containers"] if one.get("restartPolicy")}
    for index, one in enumerate(old.get("containerStatuses", ())):
        ended = one.get("state", {}).get("terminated")
        if not ended or policy == "OnFailure" and ended.get("exitCode") != 0 or one.get("name") in own_rules:
            continue
        if "terminated" not in states.get(one.get("name"), {"terminated": None}):
            place = f"status.containerStatuses[{index}].state"
            raise refused_field(resource, name, place, "Forbidden: may not be transitioned to non-terminated state")


def spec_of(data):
    """Everything a generation counts: all but metadata and status."""
    return {key: value for key, value in data.items() if key not in ("metadata", "status", "apiVersion", "kind")}


def changed_node(data):
    """A node that is ready loses the taint that it began with, as by the node lifecycle controller; data is changed."""
    ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in data.get("status", {}).get("conditions", ()))
    taints = data.get("spec", {}).get("taints", [])
    if ready and any(taint.get("key") == NOT_READY["key"] for taint in taints):
        taints[:] = [taint for taint in taints if taint.get("key") != NOT_READY["key"]]
        if not taints:
            del data["spec"]["taints"]
