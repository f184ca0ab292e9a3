"""The scheduler, and what is asked of pods beside their objects: binding, eviction."""
import asyncio

from cluster import failure
from cluster.objects import timestamp
from cluster.store import private
from cluster.strategies import condition

SUCCESS = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


class Scheduler:
    """Binds pods that name no node to the first node that is ready and takes them."""

    def __init__(self, store):
        self.store, self.waiting, self.asked = store, {}, False

    def changed(self, resource, before, after):
        if resource == "pods":
            data = after or before
            key = data["metadata"]["namespace"], data["metadata"]["name"]
            self.waiting.pop(key, None)
            if after and self.is_waiting(after):
                self.waiting[key] = None
                self.ask()
        elif resource == "nodes" and self.waiting:
            self.ask()

    def is_waiting(self, pod):
        spec = pod["spec"]
        return not (spec.get("nodeName") or spec.get("schedulingGates") or "deletionTimestamp" in pod["metadata"]) \
            and spec.get("schedulerName") == "default-scheduler"

    def ask(self):
        """Schedules soon: after the answer to what has changed."""
        if not self.asked:
            try:
                asyncio.get_running_loop().call_soon(self.run)
            except RuntimeError:
                return  # while the log is read; the server asks when it starts
            self.asked = True

    def run(self):
        self.asked = False
        nodes = [stored.data for stored in self.store.items("nodes")]
        for namespace, name in list(self.waiting):
            pod = self.store.get("pods", namespace, name).data
            if node := next((node for node in nodes if takes(node, pod)), None):
                bind(self.store, pod, node["metadata"]["name"])
            else:
                self.mark(pod, len(nodes))

    def mark(self, pod, nodes):
        """Says once why a pod has no node."""
        if any(one.get("reason") == "Unschedulable" for one in pod["status"].get("conditions", ())):
            return
        message = f"0/{nodes} nodes are available." if nodes else "no nodes available to schedule pods"
        changed = private(pod)
        set_condition(changed, condition("PodScheduled", "False", "Unschedulable", message, timestamp()))
        self.store.put("pods", changed)


def takes(node, pod):
    """Whether a node is ready and schedulable, has the labels that a pod asks for, and no taint that it does not bear."""
    spec, labels = node.get("spec", {}), node["metadata"].get("labels") or {}
    ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in node.get("status", {}).get("conditions", ()))
    chosen = all(labels.get(key) == value for key, value in pod["spec"].get("nodeSelector", {}).items())
    taints = [taint for taint in spec.get("taints", ()) if taint.get("effect") != "PreferNoSchedule"]
    tolerations = pod["spec"].get("tolerations", ())
    return ready and chosen and not spec.get("unschedulable") and "deletionTimestamp" not in node["metadata"] \
        and all(any(tolerates(one, taint) for one in tolerations) for taint in taints)


def tolerates(toleration, taint):
    if toleration.get("effect", taint.get("effect")) != taint.get("effect") or toleration.get("key") not in (None, "", taint.get("key")):
        return False
    return toleration.get("operator", "Equal") == "Exists" or toleration.get("value", "") == taint.get("value", "")


def set_condition(pod, new):
    conditions = pod.setdefault("status", {}).setdefault("conditions", [])
    conditions[:] = [one for one in conditions if one.get("type") != new["type"]] + [new]


def bind(store, pod, node):
    bound = private(pod)
    bound["spec"]["nodeName"] = node
    set_condition(bound, condition("PodScheduled", "True", at=timestamp()))
    return store.put("pods", bound)


def binding(objects, target, data):
    """POST pods/NAME/binding."""
    pod, node = objects.get(target).data, data.get("target", {}).get("name")
    if not node:
        raise failure.invalid(target.resource, target.name, ("target.name", "Required value", "FieldValueRequired"))
    if here := pod["spec"].get("nodeName"):
        raise failure.conflict(target.resource, target.name, f'pod {target.name} is already assigned to node "{here}"')
    bind(objects.store, pod, node)
    return SUCCESS


def eviction(objects, target, data, dry_run):
    """POST pods/NAME/eviction: a deletion, since there are no disruption budgets here."""
    pod = objects.get(target).data
    if not dry_run and pod["spec"].get("nodeName"):
        marked = private(pod)
        message = "Eviction API: evicting"
        set_condition(marked, condition("DisruptionTarget", "True", "EvictionByEvictionAPI", message, timestamp()))
        objects.store.put("pods", marked)
    objects.delete(target, data.get("deleteOptions") or {}, dry_run)
    return SUCCESS
