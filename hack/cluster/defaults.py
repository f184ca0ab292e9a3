"""What the API server fills in when a pod is created: defaults, the service account's volume, quality of service."""
import random, re
from decimal import Decimal

from cluster.failure import forbidden

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
FILE_MODE = 420
PRIORITIES = {"system-node-critical": 2000001000, "system-cluster-critical": 2000000000}


def suffix():
    return "".join(random.choices(ALPHABET, k=5))


def fill(data, **values):
    for key, value in values.items():
        data.setdefault(key, value)


def containers(spec):
    return [*spec.get("initContainers", ()), *spec.get("containers", ()), *spec.get("ephemeralContainers", ())]


def default_pod(pod):
    """Source: k8s.io/kubernetes/pkg/apis/core/v1/defaults.go."""
    spec = pod["spec"]
    fill(spec, restartPolicy="Always", dnsPolicy="ClusterFirst", terminationGracePeriodSeconds=30, securityContext={},
         schedulerName="default-scheduler", enableServiceLinks=True)
    for container in containers(spec):
        default_container(container)
    whole = spec.get("resources", {})
    if "limits" in whole:
        whole["requests"] = {**whole["limits"], **whole.get("requests", {})}
    if spec.get("hostNetwork"):
        for port in (port for container in containers(spec) for port in container.get("ports", ())):
            fill(port, hostPort=port["containerPort"])
    for volume in spec.get("volumes", ()):
        default_volume(volume)
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account


def default_container(container):
    image = container.get("image", "")
    tag = image.rpartition("/")[2].partition(":")[2]
    latest = "@" not in image and tag in ("", "latest")
    fill(container, resources={}, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File",
         imagePullPolicy="Always" if latest else "IfNotPresent")
    for port in container.get("ports", ()):
        fill(port, protocol="TCP")
    resources = container["resources"]
    if "limits" in resources:
        resources["requests"] = {**resources["limits"], **resources.get("requests", {})}
    for variable in container.get("env", ()):
        default_references(variable.get("valueFrom", {}))
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in container:
            fill(container[name], timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
            default_handler(container[name])
    for handler in container.get("lifecycle", {}).values():
        if isinstance(handler, dict):
            default_handler(handler)


def default_handler(handler):
    if "httpGet" in handler:
        fill(handler["httpGet"], path="/", scheme="HTTP")
    if "grpc" in handler:
        fill(handler["grpc"], service="")


def default_references(source):
    if "fieldRef" in source:
        fill(source["fieldRef"], apiVersion="v1")
    if "resourceFieldRef" in source:
        fill(source["resourceFieldRef"], divisor="0")


def default_volume(volume):
    if len(volume) == 1:
        volume["emptyDir"] = {}
    for kind in ("configMap", "secret", "projected", "downwardAPI"):
        if kind in volume:
            fill(volume[kind], defaultMode=FILE_MODE)
    if "hostPath" in volume:
        fill(volume["hostPath"], type="")
    for source in volume.get("projected", {}).get("sources", ()):
        if "serviceAccountToken" in source:
            fill(source["serviceAccountToken"], expirationSeconds=3600)
        for item in source.get("downwardAPI", {}).get("items", ()):
            default_references(item)
    for item in volume.get("downwardAPI", {}).get("items", ()):
        default_references(item)


def admit_pod(pod, store, resource):
    """The admission plugins that a kubelet sees the work of: ServiceAccount, Priority, DefaultTolerationSeconds, RuntimeClass."""
    spec, metadata = pod["spec"], pod["metadata"]
    mirror = "kubernetes.io/config.mirror" in (metadata.get("annotations") or {})
    if not mirror:
        admit_service_account(pod, store, resource)
    admit_priority(spec, store, resource, metadata["name"])
    if name := spec.get("runtimeClassName"):
        admit_runtime_class(spec, store.get("runtimeclasses", "", name), resource, metadata["name"])
    tolerations = spec.setdefault("tolerations", [])
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(one.get("key", key) == key and one.get("effect", "NoExecute") == "NoExecute" for one in tolerations):
            tolerations.append({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})
    pod["status"] = {"phase": "Pending", "qosClass": quality(spec)}


def admit_service_account(pod, store, resource):
    spec, namespace = pod["spec"], pod["metadata"]["namespace"]
    name = spec.get("serviceAccountName") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    account = store.get("serviceaccounts", namespace, name)
    if account is None:
        raise forbidden(resource, pod["metadata"]["name"],
                        f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found')
    if "imagePullSecrets" not in spec and account.data.get("imagePullSecrets"):
        spec["imagePullSecrets"] = account.data["imagePullSecrets"]
    if not spec.get("automountServiceAccountToken", account.data.get("automountServiceAccountToken", True)):
        return
    volume, used = f"kube-api-access-{suffix()}", False
    for container in [*spec.get("initContainers", ()), *spec["containers"]]:
        mounts = container.setdefault("volumeMounts", [])
        if any(mount["mountPath"] == TOKEN_PATH for mount in mounts):
            continue
        mounts.append({"name": volume, "readOnly": True, "mountPath": TOKEN_PATH})
        used = True
    if used:
        spec.setdefault("volumes", []).append({"name": volume, "projected": {"defaultMode": FILE_MODE, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [
                {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}}]}})


def admit_priority(spec, store, resource, pod):
    name, priority, policy = spec.get("priorityClassName"), 0, "PreemptLowerPriority"
    if name:
        stored = store.get("priorityclasses", "", name)
        if stored is None and name not in PRIORITIES:
            raise forbidden(resource, pod, f"no PriorityClass with name {name} was found")
        priority = stored.data["value"] if stored else PRIORITIES[name]
        policy = stored.data.get("preemptionPolicy", policy) if stored else policy
    if spec.get("priority", priority) != priority:
        raise forbidden(resource, pod, f"the integer value of priority ({spec['priority']}) must not be provided in pod spec; "
                                       f"priority admission controller computed {priority} from the given PriorityClass name")
    spec["priority"] = priority
    fill(spec, preemptionPolicy=policy)


def admit_runtime_class(spec, stored, resource, pod):
    if stored is None:
        raise forbidden(resource, pod, f'pod rejected: RuntimeClass "{spec["runtimeClassName"]}" not found')
    if fixed := stored.data.get("overhead", {}).get("podFixed"):
        spec["overhead"] = fixed
    scheduling = stored.data.get("scheduling", {})
    if "nodeSelector" in scheduling:
        spec["nodeSelector"] = {**spec.get("nodeSelector", {}), **scheduling["nodeSelector"]}
    spec.setdefault("tolerations", []).extend(scheduling.get("tolerations", ()))


UNITS = {"": 1, "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "k": 1000,
         **{unit: 1000 ** power for power, unit in enumerate("MGTPE", 2)},
         **{f"{unit}i": 1024 ** power for power, unit in enumerate("KMGTPE", 1)}}


def amount(quantity):
    """A quantity as a number, e.g. 1500m as 1.5."""
    number, unit = re.fullmatch(r"([-+.\d]+(?:[eE][-+]?\d+)?)(\D*)", str(quantity)).groups()
    return Decimal(number) * UNITS[unit]


def quality(spec):
    """The pod's class of service."""
    def amounts(container, kind):
        rows = (container.get("resources") or {}).get(kind) or {}
        return {name: amount(rows[name]) for name in ("cpu", "memory") if name in rows and amount(rows[name])}
    parts = [spec] if spec.get("resources") is not None else [*spec.get("initContainers", ()), *spec.get("containers", ())]
    rows = [(amounts(part, "requests"), amounts(part, "limits")) for part in parts]
    if not any(requests or limits for requests, limits in rows):
        return "BestEffort"
    guaranteed = all(len(limits) == 2 and {**limits, **requests} == limits for requests, limits in rows)
    return "Guaranteed" if guaranteed else "Burstable"


def validate_pod(pod, causes):
    """What a kubelet relies on; by far not all that a real API server checks."""
    spec = pod["spec"]
    if not spec.get("containers"):
        causes.append(("spec.containers", "Required value", "FieldValueRequired"))
    seen = set()
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(kind, ())):
            place, name = f"spec.{kind}[{index}]", container.get("name")
            if not name:
                causes.append((f"{place}.name", "Required value", "FieldValueRequired"))
            elif name in seen:
                causes.append((f"{place}.name", f'Duplicate value: "{name}"', "FieldValueDuplicate"))
            if not container.get("image"):
                causes.append((f"{place}.image", "Required value", "FieldValueRequired"))
            seen.add(name)
    volumes = {volume.get("name") for volume in spec.get("volumes", ())}
    for kind in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(kind, ())):
            for number, mount in enumerate(container.get("volumeMounts", ())):
                if mount.get("name") not in volumes:
                    causes.append((f"spec.{kind}[{index}].volumeMounts[{number}].name", f'Not found: "{mount.get("name")}"', "FieldValueNotFound"))
