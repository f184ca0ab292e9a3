"""Questions that are answered and not stored: tokens, token reviews, access reviews."""
import uuid

from cluster import clock, failure
from cluster.objects import timestamp
from cluster.resources import BY_PLURAL
from cluster.targets import Target
from cluster.users import AUDIENCE, ISSUER, User
from cluster.wire import answer

MINIMUM, MAXIMUM = 600, 1 << 32


def review(server, request, target, data):
    if target.verb != "create" or target.name:
        raise failure.method_not_allowed()
    spec = data.get("spec", {})
    match target.plural:
        case "tokenreviews":
            data["status"] = token_review(server, spec)
        case "subjectaccessreviews":
            user = User(spec.get("user", ""), tuple(spec.get("groups", ())))
            data["status"] = access_review(server, user, spec)
        case "selfsubjectaccessreviews":
            data["status"] = access_review(server, request.user, spec)
        case "selfsubjectreviews":
            data["status"] = {"userInfo": request.user.info}
    data.setdefault("metadata", {})["creationTimestamp"] = None
    return answer(201, data)


def token_review(server, spec):
    user, audiences = server.authenticator.of_token(spec.get("token", ""), spec.get("audiences") or ())
    if user is None:
        return {"user": {}, "error": "[invalid bearer token, Token has been invalidated]"}
    return {"authenticated": True, "user": user.info, "audiences": list(audiences)}


def access_review(server, user, spec):
    """Administrators and the rules of access.json; an agent may what it may."""
    attributes, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if "system:masters" in user.groups:
        return {"allowed": True}
    if attributes:
        plural, sub = attributes.get("resource", ""), attributes.get("subresource", "")
        allowed = server.access.ruled(user, attributes.get("verb", ""), resource=f"{plural}/{sub}" if sub else plural)
        if not allowed and plural in BY_PLURAL:
            target = Target(BY_PLURAL[plural], attributes.get("verb", ""), attributes.get("namespace", ""), attributes.get("name", ""), sub)
            try:
                server.access.check(user, target)
                allowed = True
            except failure.Failure:
                pass
        return {"allowed": allowed}
    if path:
        return {"allowed": server.access.ruled(user, path.get("verb", ""), path=path.get("path", ""))}
    return {"allowed": False}


def token(server, request, target, data):
    """POST serviceaccounts/NAME/token."""
    account = server.objects.get(target).data
    spec = data.setdefault("spec", {})
    audiences, seconds = spec.get("audiences") or [AUDIENCE], spec.get("expirationSeconds", 3600)
    if not MINIMUM <= seconds <= MAXIMUM:
        message = f"Invalid value: {seconds}: may not specify a duration less than 10 minutes"
        raise failure.invalid(target.resource, target.name, ("spec.expirationSeconds", message, "FieldValueInvalid"))
    private_claims = {"namespace": target.namespace, "serviceaccount": {"name": target.name, "uid": account["metadata"]["uid"]}}
    if reference := spec.get("boundObjectRef"):
        private_claims.update(bound(server, request, target, reference))
    elif request.user.node:
        raise failure.forbidden(target.resource, target.name, "node requested token not bound to a pod")
    # The longest lifetime can be made shorter than is allowed, so that a test sees a token renewed. The answer tells it.
    seconds = min(seconds, int(server.settings["token-lifetime"]) or seconds)
    now = int(clock.now())
    claims = {"iss": ISSUER, "sub": f"system:serviceaccount:{target.namespace}:{target.name}", "aud": audiences, "iat": now, "nbf": now,
              "exp": now + seconds, "jti": str(uuid.uuid4()), "kubernetes.io": private_claims}
    metadata = {"name": target.name, "namespace": target.namespace, "creationTimestamp": timestamp()}
    status = {"token": server.authenticator.sign(claims), "expirationTimestamp": timestamp(seconds)}
    return {**data, "metadata": metadata, "spec": {**spec, "audiences": audiences, "expirationSeconds": seconds}, "status": status}


def bound(server, request, target, reference):
    """The claims of a token that is worth something as long as a pod or secret is there."""
    plurals = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}
    kind, name = reference.get("kind"), reference.get("name", "")
    if kind not in plurals:
        raise failure.bad_request("cannot bind token to object of type " + str(kind))
    resource = BY_PLURAL[plurals[kind]]
    stored = server.store.get(resource.plural, target.namespace if resource.namespaced else "", name)
    if stored is None:
        raise failure.not_found(resource, name)
    metadata = stored.data["metadata"]
    if request.user.node and not reference.get("uid"):
        raise failure.forbidden(target.resource, target.name, "node requested token with a pod binding without a uid")
    if reference.get("uid") not in (None, "", metadata["uid"]):
        why = f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record."
        raise failure.conflict(target.resource, name, f"{why} The object might have been deleted and then recreated")
    claims = {kind.lower(): {"name": name, "uid": metadata["uid"]}}
    if kind == "Pod":
        claims.update(of_pod(server, request, target, stored.data))
    return claims


def of_pod(server, request, target, pod):
    spec = pod["spec"]
    if spec.get("serviceAccountName") != target.name:
        raise failure.bad_request(f"cannot bind token for serviceaccount {target.name!r} to pod running with different serviceaccount name.")
    if request.user.node and spec.get("nodeName") != request.user.node:
        raise failure.forbidden(target.resource, target.name, "node requested token bound to a pod scheduled on a different node")
    if node := server.store.get("nodes", "", spec.get("nodeName", "")):
        return {"node": {"name": spec["nodeName"], "uid": node.data["metadata"]["uid"]}}
    return {}
