"""What a request is about: the resource, namespace, name and subresource of its path, and the verb."""
import dataclasses

from cluster.resources import BY_PATH, VIRTUAL, Resource

VERB = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "GET": "get", "HEAD": "get"}
VIRTUAL_RESOURCES = {
    (group, version, plural): Resource(group, version, plural, kind, namespaced)
    for (group, version), rows in VIRTUAL.items() for plural, kind, namespaced in rows}


@dataclasses.dataclass
class Target:
    resource: Resource
    verb: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    rest: str = ""
    fields: str = ""

    group = property(lambda self: self.resource.group)
    plural = property(lambda self: self.resource.plural)
    kind = property(lambda self: self.resource.kind)
    qualified = property(lambda self: self.resource.qualified)

    @property
    def what(self):
        return f"{self.plural}/{self.subresource}" if self.subresource else self.plural


def target_of(request):
    """The target of a request, or None if its path is none of a resource."""
    parts = request.path.strip("/").split("/")
    if parts[:2] == ["api", "v1"]:
        group, version, parts = "", "v1", parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, parts = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if len(parts) > 2 and parts[0] == "namespaces" and not (len(parts) == 3 and parts[2] in ("status", "finalize")):
        namespace, parts = parts[1], parts[2:]
    place = (group, version, parts[0] if parts else "")
    resource = BY_PATH.get(place) or VIRTUAL_RESOURCES.get(place)
    if resource is None or resource.namespaced != bool(namespace) and (namespace or len(parts) > 1):
        return None
    name, subresource, *rest = [*parts[1:], "", ""][:2] + parts[3:]
    return Target(resource, verb_of(request, name), namespace, name, subresource, "/".join(rest), request.parameter("fieldSelector"))


def verb_of(request, name):
    if request.method == "GET" and request.flag("watch"):
        return "watch"
    if request.method in ("GET", "HEAD") and not name:
        return "list"
    if request.method == "DELETE" and not name:
        return "deletecollection"
    return VERB.get(request.method, request.method.lower())
