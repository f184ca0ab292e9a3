"""Creating, changing and removing objects, by the rules that hold for all kinds and those of pods."""
import datetime, re, uuid

from cluster import clock, failure, patch, schema, strategies
from cluster.defaults import suffix
from cluster.resources import ALL, BY_PLURAL
from cluster.restriction import admit_by_node
from cluster.store import Stored, encoded, private
from cluster.targets import Target

# Fields of metadata that the server sets, whatever a client sends.
SERVERS = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName", "namespace", "name")
NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
RETURNED = ("pods", "serviceaccounts", "persistentvolumes", "persistentvolumeclaims", "namespaces")


def timestamp(seconds=0):
    moment = clock.moment() + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def moved(stamp, seconds):
    moment = datetime.datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ") + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Objects:
    def __init__(self, store):
        self.store = store

    def get(self, target):
        stored = self.store.get(target.plural, target.namespace, target.name)
        if stored is None:
            raise failure.not_found(target.resource, target.name)
        return stored

    # Create

    def create(self, target, data, user, dry_run=False):
        resource, metadata = target.resource, data.setdefault("metadata", {})
        self.name_new(target, metadata)
        self.check_namespace(target)
        strategies.prepare_create(resource, data, self.store, user)
        admit_by_node(self.store, user, target, data)
        if self.store.get(target.plural, target.namespace, metadata["name"]):
            raise failure.already_exists(resource, metadata["name"])
        for field in ("resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"):
            metadata.pop(field, None)
        metadata["uid"], metadata["creationTimestamp"] = str(uuid.uuid4()), timestamp()
        return self.write(target, {"kind": resource.kind, "apiVersion": resource.api_version, **data}, dry_run)

    def name_new(self, target, metadata):
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + suffix()
        if not metadata.get("name"):
            message = "Required value: name or generateName is required"
            raise failure.invalid(target.resource, "", ("metadata.name", message, "FieldValueRequired"))
        if not NAME.fullmatch(metadata["name"]):
            message = (f'Invalid value: "{metadata["name"]}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric '
                       "characters, '-' or '.', and must start and end with an alphanumeric character")
            raise failure.invalid(target.resource, metadata["name"], ("metadata.name", message, "FieldValueInvalid"))
        if target.resource.namespaced:
            if metadata.setdefault("namespace", target.namespace) != target.namespace:
                raise failure.bad_request("the namespace of the provided object does not match the namespace sent on the request")
        else:
            metadata.pop("namespace", None)

    def check_namespace(self, target):
        if not target.resource.namespaced:
            return
        namespace = self.store.get("namespaces", "", target.namespace)
        if namespace is None:
            raise failure.not_found(BY_PLURAL["namespaces"], target.namespace)
        if "deletionTimestamp" in namespace.data["metadata"]:
            why = f"unable to create new content in namespace {target.namespace} because it is being terminated"
            raise failure.forbidden(target.resource, target.name, why)

    def write(self, target, data, dry_run=False):
        if dry_run:
            return Stored(data, encoded(data))
        return self.store.put(target.plural, data)

    # Update and patch

    def update(self, target, data, user, dry_run=False):
        before = self.get(target).data
        metadata = data.setdefault("metadata", {})
        if metadata.setdefault("name", target.name) != target.name:
            raise failure.bad_request(f"the name of the object ({metadata['name']}) does not match the name on the URL ({target.name})")
        return self.change(target, before, data, user, dry_run)

    def patch(self, target, kind, document, user, prune, dry_run=False):
        """`prune` takes out of the patched object what its kind does not know."""
        before = self.get(target).data
        known = schema.of_kind(target.group, target.resource.version, target.kind)
        try:
            patched = patch.apply(kind, before, document, known)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise failure.bad_request(f"the patch does not fit the object: {error!r}") from error
        data = prune(patched)
        if data.get("metadata", {}).get("name") != target.name:
            raise failure.bad_request("the name of the object does not match the name on the URL")
        return self.change(target, before, data, user, dry_run)

    def change(self, target, before, data, user, dry_run):
        after = self.merged(target, before, data)
        strategies.check_update(target, before, after)
        admit_by_node(self.store, user, target, after, before)
        if target.plural == "nodes":
            strategies.changed_node(after)
        if target.resource.generation and strategies.spec_of(before) != strategies.spec_of(after):
            after["metadata"]["generation"] = before["metadata"].get("generation", 0) + 1
        if after == before:
            return self.get(target)
        stored = self.write(target, after, dry_run)
        if "deletionTimestamp" in after["metadata"] and not dry_run:
            self.finish(target, stored.data)
        return stored

    def merged(self, target, before, data):
        """What a request may change, on what was there before."""
        old, new = before["metadata"], data.get("metadata", {})
        name = old["name"]
        if new.get("uid", old["uid"]) != old["uid"]:
            key = "/".join(filter(None, ("/registry", target.plural, old.get("namespace"), name)))
            why = f"Precondition failed: UID in precondition: {new['uid']}, UID in object meta: {old['uid']}"
            head = f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: "
            raise failure.conflict(target.resource, name, head + why)
        if new.get("resourceVersion") not in (None, "", "0", old["resourceVersion"]):
            raise failure.conflict(target.resource, name, failure.MODIFIED)
        status = target.subresource in ("status", "approval")
        after = private({**before, "status": data.get("status", {})} if status else data)
        after["metadata"] = {**{key: private(value) for key, value in new.items() if key != "managedFields"},
                             **{key: old[key] for key in SERVERS if key in old}, "resourceVersion": old["resourceVersion"]}
        for field in ("deletionTimestamp", "deletionGracePeriodSeconds"):
            if field not in old:
                after["metadata"].pop(field, None)
        if target.subresource == "status" and target.plural == "pods":
            after["metadata"] = {**after["metadata"], **{key: old[key] for key in ("ownerReferences", "finalizers") if key in old}}
        if not status and target.resource.has_status:
            after.pop("status", None)
            if "status" in before:
                after["status"] = private(before["status"])
        return {**after, "kind": target.kind, "apiVersion": target.resource.api_version}

    # Delete

    def delete(self, target, options, dry_run=False):
        """Returns what is answered: the object where a real server gives it, else a Status."""
        before = self.get(target).data
        self.check_preconditions(target, before, options.get("preconditions") or {})
        after = private(before)
        if dry_run:
            return after
        if target.plural == "pods":
            self.delete_pod(target, after, options.get("gracePeriodSeconds"))
        elif target.plural == "namespaces":
            self.delete_namespace(target, after)
        elif after["metadata"].get("finalizers"):
            if "deletionTimestamp" not in after["metadata"]:
                after["metadata"].update(deletionTimestamp=timestamp(), deletionGracePeriodSeconds=0)
                self.store.put(target.plural, after)
            return after
        else:
            self.store.remove(target.plural, after)
        if target.plural in RETURNED:
            return after
        details = {**failure.details(target.resource, target.name), "uid": before["metadata"]["uid"]}
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}

    def check_preconditions(self, target, before, wanted):
        for field, title in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
            here = before["metadata"][field]
            if wanted.get(field) not in (None, here):
                why = f"Precondition failed: {title} in precondition: {wanted[field]}, {title} in object meta: {here}"
                raise failure.conflict(target.resource, target.name, why)

    def delete_pod(self, target, pod, grace):
        """Graceful deletion: the node's agent ends it, by a deletion with a grace of 0. A later one can only be shorter."""
        metadata, spec = pod["metadata"], pod["spec"]
        known = metadata.get("deletionGracePeriodSeconds")
        if known is not None:
            if grace is None or grace >= known:
                return self.finish(target, pod)
            metadata["deletionTimestamp"] = moved(metadata["deletionTimestamp"], grace - known)
        else:
            grace = spec.get("terminationGracePeriodSeconds", 30) if grace is None else grace
            if not spec.get("nodeName") or pod.get("status", {}).get("phase") in ("Failed", "Succeeded"):
                grace = 0
            grace = 1 if grace < 0 else grace
            metadata["deletionTimestamp"] = timestamp(grace)
            metadata["generation"] = metadata.get("generation", 0) + 1
        metadata["deletionGracePeriodSeconds"] = grace
        if grace == 0 and not metadata.get("finalizers"):
            self.store.remove("pods", pod)
        else:
            self.store.put("pods", pod)
        self.empty(metadata["namespace"])

    def finish(self, target, data):
        """Removes what was to be deleted and only waited for its finalizers."""
        metadata = data["metadata"]
        waits = metadata.get("deletionGracePeriodSeconds") != 0 if target.plural == "pods" else target.plural == "namespaces"
        if not waits and not metadata.get("finalizers"):
            self.store.remove(target.plural, data)

    def delete_namespace(self, target, data):
        """The namespace stays, terminating, until its last pod has gone."""
        name = target.name
        data["metadata"].setdefault("deletionTimestamp", timestamp())
        data["status"] = {"phase": "Terminating"}
        self.store.put("namespaces", data)
        for resource in ALL:
            for stored in self.store.items(resource.plural, name) if resource.namespaced else ():
                self.delete(Target(resource, "delete", name, stored.data["metadata"]["name"]), {})
        self.empty(name)

    def empty(self, name):
        """Removes a terminating namespace in which no pod is left."""
        stored = self.store.get("namespaces", "", name)
        if stored and "deletionTimestamp" in stored.data["metadata"] and not self.store.items("pods", name):
            self.store.remove("namespaces", stored.data)
