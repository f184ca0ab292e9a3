"""Tables, as `kubectl get` asks for them."""
import datetime

from cluster import clock
from cluster.store import encoded
from cluster.wire import Response

WIDE = 1  # only with -o wide


def wanted(request):
    return "as=Table" in request.header("accept")


def age(stamp):
    """As kubectl writes it: 5s, 3m20s, 4h, 12d."""
    then = datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    seconds = int((clock.moment() - then).total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{max(seconds, 0)}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    return f"{hours}h" if hours < 48 else f"{days}d"


def pod_reason(pod):
    """The STATUS column. Source: pkg/printers/internalversion/printers.go, printPod."""
    status, metadata = pod.get("status", {}), pod["metadata"]
    reason = status.get("reason") or status.get("phase", "")
    if any(one.get("type") == "PodScheduled" and one.get("reason") == "SchedulingGated" for one in status.get("conditions", ())):
        reason = "SchedulingGated"
    initializing, specs = False, {one["name"]: one for one in pod["spec"].get("initContainers", ())}
    for index, one in enumerate(status.get("initContainerStatuses", ())):
        state = one.get("state", {})
        ended, waits = state.get("terminated"), state.get("waiting", {}).get("reason")
        if ended and ended.get("exitCode") == 0 or specs.get(one["name"], {}).get("restartPolicy") == "Always" and one.get("started"):
            continue
        if ended:
            reason = f"Init:{ended_reason(ended)}"
        else:
            reason = f"Init:{waits}" if waits and waits != "PodInitializing" else f"Init:{index}/{len(specs)}"
        initializing = True
        break
    if not initializing:
        running = False
        for one in reversed(status.get("containerStatuses", ())):
            state = one.get("state", {})
            if state.get("waiting", {}).get("reason"):
                reason = state["waiting"]["reason"]
            elif "terminated" in state:
                reason = ended_reason(state["terminated"])
            elif one.get("ready") and "running" in state:
                running = True
        if reason == "Completed" and running:
            reason = "Running" if has_condition(status, "Ready") else "NotReady"
    if "deletionTimestamp" in metadata:
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    return reason


def ended_reason(ended):
    if ended.get("reason"):
        return ended["reason"]
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"


def has_condition(status, kind):
    return any(one.get("type") == kind and one.get("status") == "True" for one in status.get("conditions", ()))


def pod_cells(pod):
    status, spec = pod.get("status", {}), pod["spec"]
    sidecars = {one["name"] for one in spec.get("initContainers", ()) if one.get("restartPolicy") == "Always"}
    statuses = [one for one in status.get("initContainerStatuses", ()) if one["name"] in sidecars] + status.get("containerStatuses", [])
    restarts, total = sum(one.get("restartCount", 0) for one in statuses), len(spec.get("containers", ())) + len(sidecars)
    ended = [one.get("lastState", {}).get("terminated", {}).get("finishedAt") for one in statuses]
    ended = list(filter(None, ended))
    text = f"{restarts} ({age(max(ended))} ago)" if restarts and ended else str(restarts)
    gates = spec.get("readinessGates", [])
    passed = f"{sum(has_condition(status, gate['conditionType']) for gate in gates)}/{len(gates)}" if gates else "<none>"
    return [f"{sum(bool(one.get('ready')) for one in statuses)}/{total}", pod_reason(pod), text, created(pod), status.get("podIP") or "<none>",
            spec.get("nodeName") or "<none>", status.get("nominatedNodeName") or "<none>", passed]


def node_cells(node):
    status, spec = node.get("status", {}), node.get("spec", {})
    ready = next((one["status"] for one in status.get("conditions", ()) if one.get("type") == "Ready"), "Unknown")
    words = [{"True": "Ready", "False": "NotReady"}.get(ready, "Unknown"), *(["SchedulingDisabled"] if spec.get("unschedulable") else [])]
    prefix = "node-role.kubernetes.io/"
    roles = sorted(key.removeprefix(prefix) for key in node["metadata"].get("labels") or {} if key.startswith(prefix))
    info = status.get("nodeInfo", {})
    def address(kind): return next((one["address"] for one in status.get("addresses", ()) if one.get("type") == kind), "<none>")
    return [",".join(words), ",".join(roles) or "<none>", created(node), info.get("kubeletVersion", ""), address("InternalIP"),
            address("ExternalIP"), *(info.get(key) or "<unknown>" for key in ("osImage", "kernelVersion", "containerRuntimeVersion"))]


def event_cells(one):
    thing = one.get("involvedObject", {})
    last = one.get("lastTimestamp") or one.get("eventTime") or one["metadata"]["creationTimestamp"]
    name = f"{thing.get('kind', '').lower()}/{thing.get('name', '')}"
    return [age(last[:19] + "Z"), one.get("type", ""), one.get("reason", ""), name, one.get("message", "").strip()]


def created(data):
    return age(data["metadata"]["creationTimestamp"])


# Columns after NAME (for events: instead of it), and the cells of an object.
COLUMNS = {
    "pods": ([("Ready", 0), ("Status", 0), ("Restarts", 0), ("Age", 0), ("IP", WIDE), ("Node", WIDE), ("Nominated Node", WIDE),
              ("Readiness Gates", WIDE)], pod_cells),
    "nodes": ([("Status", 0), ("Roles", 0), ("Age", 0), ("Version", 0), ("Internal-IP", WIDE), ("External-IP", WIDE), ("OS-Image", WIDE),
               ("Kernel-Version", WIDE), ("Container-Runtime", WIDE)], node_cells),
    "events": ([("Last Seen", 0), ("Type", 0), ("Reason", 0), ("Object", 0), ("Message", 0)], event_cells),
    "configmaps": ([("Data", 0), ("Age", 0)], lambda data: [str(len(data.get("data", {})) + len(data.get("binaryData", {}))), created(data)]),
    "secrets": ([("Type", 0), ("Data", 0), ("Age", 0)], lambda data: [data.get("type", ""), str(len(data.get("data", {}))), created(data)]),
    "namespaces": ([("Status", 0), ("Age", 0)], lambda data: [data.get("status", {}).get("phase", ""), created(data)]),
    "leases": ([("Holder", 0), ("Age", 0)], lambda data: [data.get("spec", {}).get("holderIdentity", ""), created(data)]),
    "services": ([("Type", 0), ("Cluster-IP", 0), ("Age", 0)],
                 lambda data: [data["spec"].get("type", ""), data["spec"].get("clusterIP") or "<none>", created(data)]),
    "certificatesigningrequests": (
        [("Age", 0), ("SignerName", 0), ("Requestor", 0), ("Condition", 0)],
        lambda data: [created(data), data["spec"].get("signerName", ""), data["spec"].get("username", ""), request_state(data)]),
}


def request_state(data):
    words = [one["type"] for one in data.get("status", {}).get("conditions", ())] or ["Pending"]
    return ",".join(words + (["Issued"] if data.get("status", {}).get("certificate") else []))


class Rows:
    """The tables of one watch: only its first says what the columns are."""

    def __init__(self, resource):
        self.resource, self.first = resource, True

    def text(self, kind, stored):
        metadata = {"resourceVersion": stored.data["metadata"]["resourceVersion"]}
        table = document(self.resource, [stored] if kind != "BOOKMARK" else [], metadata)
        if kind == "BOOKMARK":
            metadata.update(annotations=stored.data["metadata"].get("annotations", {}))
        if not self.first:
            table["columnDefinitions"] = None
        self.first = False
        return encoded(table)


def document(resource, items, metadata):
    columns, cells = COLUMNS.get(resource.plural, ([("Age", 0)], lambda data: [created(data)]))
    names = columns if resource.plural == "events" else [("Name", 0), *columns]
    definitions = [{"name": name, "type": "string", "format": "name" if name == "Name" else "", "description": "", "priority": priority}
                   for name, priority in names]
    rows = []
    for stored in items:
        data = stored.data
        first = [] if resource.plural == "events" else [data["metadata"]["name"]]
        shown = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": data["metadata"]}
        rows.append({"cells": first + cells(data), "object": shown})
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": definitions, "rows": rows}


def answer(resource, items, metadata):
    return Response(200, encoded(document(resource, items, metadata)))
