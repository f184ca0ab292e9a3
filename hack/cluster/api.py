"""From a request to its answer: who asks, for what, whether they may, and who answers."""
import json

from cluster import failure, openapi, patch, pods, resources, reviews, schema, tables
from cluster.failure import Failure
from cluster.faults import Reset
from cluster.resources import SUBRESOURCE_KINDS
from cluster.targets import Target, target_of
from cluster.wire import Response, answer

CREATED = ("create",)


class Api:
    def __init__(self, server):
        self.server, self.store, self.objects = server, server.store, server.objects

    async def handle(self, request):
        """The answer to a request, written into the audit log; refusals become a Status."""
        verb, cut = request.method.lower(), False
        try:
            target = target_of(request)
            verb = target.verb if target else verb
            request.user = self.server.authenticator.user_of(request)
            cut = await self.server.faults.meet(request)
            response = await self.respond(request, target)
        except Failure as error:
            response = answer(error.code, error.status, **error.headers)
        except Reset:
            self.server.audit.request(request, verb, 0)
            request.connection.reset()
            raise ConnectionResetError
        except Exception as error:
            self.server.complain(request)
            response = answer(500, Failure(500, "InternalError", f"Internal error occurred: {error!r}").status)
        code, sent = getattr(response, "code", 101), getattr(response, "sent", None)
        self.server.audit.request(request, verb, code, sent if code >= 400 else None)
        if cut and isinstance(response, Response):
            response.cut = True
        if warnings := getattr(request, "warnings", None):
            response.headers["Warning"] = [f'299 - "{text}"' for text in warnings]
        return response

    async def respond(self, request, target):
        if target is None:
            self.server.access.check_path(request.user, request)
            return self.page(request)
        self.server.access.check(request.user, target)
        if target.resource not in resources.ALL:
            return reviews.review(self.server, request, target, self.decode(request, target))
        if target.subresource not in ("", *target.resource.subresources):
            raise failure.no_such_page()
        if target.subresource and target.subresource not in ("status", "finalize", "approval", "ephemeralcontainers", "resize"):
            return await self.subresource(request, target)
        match target.verb:
            case "list":
                return self.server.reading.list(request, target)
            case "watch":
                return self.server.reading.watch(request, target)
            case "get":
                return self.get(request, target)
            case "create" | "update" | "patch" | "delete" | "deletecollection":
                return self.write(request, target)
        raise failure.method_not_allowed()

    def page(self, request):
        """What is no resource: health, version, discovery, the API's description."""
        path = request.path.rstrip("/")
        if path in ("/healthz", "/livez", "/readyz"):
            return Response(200, b"ok", "text/plain; charset=utf-8")
        if path == "/version":
            return answer(200, resources.VERSION)
        if path == "/openapi/v2":
            if openapi.PROTOBUF in request.header("accept"):
                return Response(200, openapi.document(), openapi.ANSWERED)
            return Response(200, schema.text())
        documents = resources.fields_documents()
        if path == "/openapi/v3":
            return answer(200, {"paths": {place: {"serverRelativeURL": f"/openapi/v3/{place}"} for place in documents}})
        if path.startswith("/openapi/v3/") and path.removeprefix("/openapi/v3/") in documents:
            return answer(200, documents[path.removeprefix("/openapi/v3/")])
        document = resources.discovery(path, self.server.location)
        if document is None or request.method != "GET":
            raise failure.no_such_page()
        return answer(200, document)

    # Resources

    def get(self, request, target):
        stored = self.objects.get(target)
        if tables.wanted(request):
            return tables.answer(target.resource, [stored], {"resourceVersion": stored.data["metadata"]["resourceVersion"]})
        return Response(200, stored.text)

    def write(self, request, target):
        objects, dry_run = self.objects, request.parameter("dryRun") == "All"
        named = target.verb in ("update", "patch", "delete")
        if named != bool(target.name) or target.subresource and not named or target.resource.namespaced and not target.namespace:
            raise failure.method_not_allowed()
        match target.verb:
            case "create":
                stored = objects.create(target, self.decode(request, target), request.user, dry_run)
            case "update":
                stored = objects.update(target, self.decode(request, target), request.user, dry_run)
            case "patch":
                patch.check_kind(request.content_type)
                def prune(data): return self.pruned(request, target, data)
                stored = objects.patch(target, request.content_type, self.json(request), request.user, prune, dry_run)
            case "delete":
                return answer(200, objects.delete(target, self.options(request), dry_run))
            case "deletecollection":
                return self.delete_collection(request, target, dry_run)
        return Response(201 if target.verb == "create" else 200, stored.text)

    def delete_collection(self, request, target, dry_run):
        wants, deleted = self.server.reading.wanted(request, target), []
        for stored in self.store.items(target.plural, target.namespace):
            if wants(stored.data):
                metadata = stored.data["metadata"]
                one = Target(target.resource, "delete", metadata.get("namespace", ""), metadata["name"])
                self.objects.delete(one, self.options(request), dry_run)
                deleted.append(stored.data)
        metadata = {"resourceVersion": str(self.store.version)}
        head = {"kind": f"{target.kind}List", "apiVersion": target.resource.api_version, "metadata": metadata}
        return answer(200, {**head, "items": deleted})

    async def subresource(self, request, target):
        name, verb, dry_run = target.subresource, target.verb, request.parameter("dryRun") == "All"
        match name:
            case "binding" if verb == "create":
                return answer(201, pods.binding(self.objects, target, self.decode(request, target)))
            case "eviction" if verb == "create":
                return answer(201, pods.eviction(self.objects, target, self.decode(request, target), dry_run))
            case "token" if verb == "create":
                return answer(201, reviews.token(self.server, request, target, self.decode(request, target)))
            case "log" | "exec" | "attach" | "portforward" | "proxy" if verb in ("get", "create"):
                return await self.server.proxy.serve(request, target)
        raise failure.method_not_allowed()

    # Bodies

    def json(self, request):
        try:
            return json.loads(request.body)
        except ValueError as error:
            self.violate(request, [f"not JSON: {error}"])
            raise failure.bad_request(f"couldn't get version/kind; json parse error: {error}") from error

    def options(self, request):
        """DeleteOptions of the body, with those of the query."""
        options = self.json(request) if request.body else {}
        if not isinstance(options, dict):
            raise failure.bad_request("DeleteOptions are a JSON object")
        if grace := request.parameter("gracePeriodSeconds"):
            options.setdefault("gracePeriodSeconds", int(grace))
        if options and "__internal" not in options.get("apiVersion", ""):
            options = self.checked(request, options, schema.definitions()[f"{schema.META}DeleteOptions"], "DeleteOptions")
        return options

    def decode(self, request, target):
        """The object of a body, checked against its kind's description."""
        if request.content_type not in ("", "application/json"):
            message = "the body of the request was in an unknown format - accepted media types include: application/json"
            raise Failure(415, "UnsupportedMediaType", message)
        data = self.json(request)
        if not isinstance(data, dict):
            raise failure.bad_request("json: cannot unmarshal into Go value of type struct")
        return self.pruned(request, target, data)

    def pruned(self, request, target, data):
        kind = (target.group, target.resource.version, target.kind)
        if target.verb == "create":
            kind = SUBRESOURCE_KINDS.get(target.subresource, kind)
        group, version, name = kind
        wanted = {"apiVersion": f"{group}/{version}" if group else version, "kind": name}
        for field, value in wanted.items():
            if data.setdefault(field, value) != value and not target.subresource:
                self.violate(request, [f"{field}: {data[field]}"])
                raise failure.bad_request(f"the {field} in the data ({data[field]}) does not match the expected {field} ({value})")
        return self.checked(request, data, schema.of_kind(*kind), name)

    def checked(self, request, data, known, name):
        """Leaves out what the kind does not know; tells of it in a Warning header and DIR/violations.jsonl."""
        problems = schema.Problems()
        result = schema.pruned(data, known or schema.UNKNOWN, problems)
        if "spec" in (known or {}).get("properties", {}):
            result.setdefault("spec", {})
        unknown = [f'unknown field "{field}"' for field in problems.unknown]
        values = [(field, f'Unsupported value: "{value}": supported values: {json.dumps(allowed)[1:-1]}', "FieldValueNotSupported")
                  for field, value, allowed in problems.values]
        if unknown or problems.wrong or values:
            self.violate(request, unknown + problems.wrong + [f"{field}: {text}" for field, text, _ in values])
        if problems.wrong:
            version = data.get("apiVersion", "v1").rpartition("/")[2]
            raise failure.bad_request(f'{name} in version "{version}" cannot be handled as a {name}: json: {problems.wrong[0]}')
        mode = request.parameter("fieldValidation", "Warn")
        if unknown and mode == "Strict":
            raise failure.bad_request("strict decoding error: " + ", ".join(unknown))
        if values:
            target = target_of(request)
            raise failure.invalid(target.resource, data.get("metadata", {}).get("name", target.name), *values)
        if unknown and mode == "Warn":
            request.warnings = [text.replace('"', '\\"') for text in unknown]
        return result

    def violate(self, request, problems):
        self.server.audit.violation(request, problems)
