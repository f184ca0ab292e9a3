"""The OpenAPI description: which fields a kind has, of what type, and how its lists are merged."""
import functools, gzip, json, pathlib, re

META = "io.k8s.apimachinery.pkg.apis.meta.v1."
QUANTITY = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
LIMITS = {"int32": 1 << 31, "int64": 1 << 63}
# Times that are written also when they were never set.
WRITTEN = {"PodCondition": ("lastProbeTime",), "ContainerStateTerminated": ("startedAt", "finishedAt")}


@functools.cache
def text():
    """The description as it is served at /openapi/v2."""
    return gzip.decompress(pathlib.Path(__file__).with_name("openapi.json.gz").read_bytes())


@functools.cache
def definitions():
    return json.loads(text())["definitions"]


@functools.cache
def of_kind(group, version, kind):
    """The schema of a kind, or None where the description has none: such objects are taken as they are."""
    for schema in definitions().values():
        for row in schema.get("x-kubernetes-group-version-kind", ()):
            if (row["group"], row["version"], row["kind"]) == (group, version, kind):
                return schema
    return None


def resolve(schema):
    """Follows a reference; what stands beside it (merge keys) is looked up by the caller before."""
    while schema and "$ref" in schema:
        schema = definitions()[schema["$ref"].removeprefix("#/definitions/")]
    return schema


def is_time(schema):
    return bool(schema) and schema.get("$ref", "").endswith((".v1.Time", ".v1.MicroTime"))


# What is known of a kind that the description lacks.
UNKNOWN = {"type": "object", "properties": {"metadata": {"$ref": f"#/definitions/{META}ObjectMeta"}}, "open": True}


class Problems:
    """What an object says that its kind does not know: fields without a name there, and values of another type."""

    def __init__(self):
        self.unknown, self.wrong, self.values = [], [], []


def pruned(value, schema, problems, path=""):
    """The value without what its schema does not know, and without nulls, as decoding and encoding in Go leaves it."""
    name = (schema or {}).get("$ref", "")
    target = resolve(schema)
    if target is None or not target.get("type") and "properties" not in target:
        return value
    if name.endswith(".Quantity"):
        return checked(value, isinstance(value, (str, int, float)) and QUANTITY.fullmatch(str(value)), "quantity", problems, path)
    if target.get("format") == "int-or-string":
        return checked(value, isinstance(value, (str, int)) and not isinstance(value, bool), "int or string", problems, path)
    match target.get("type", "object"):
        case "object":
            result = pruned_object(value, target, problems, path)
            for field in WRITTEN.get(name.rpartition(".")[2], ()) if isinstance(result, dict) else ():
                result.setdefault(field, None)
            return result
        case "array":
            if not isinstance(value, list):
                return checked(value, False, "array", problems, path)
            return [pruned(item, target["items"], problems, f"{path}[{index}]") for index, item in enumerate(value)]
    return pruned_scalar(value, target, problems, path)


def pruned_object(value, target, problems, path):
    if not isinstance(value, dict):
        return checked(value, False, "object", problems, path)
    properties, result = target.get("properties"), {}
    if properties is None:
        each = target.get("additionalProperties")
        return value if each is None else {
            key: pruned(item, each, problems, f"{path}.{key}") for key, item in value.items() if item is not None}
    for key, item in value.items():
        place = f"{path}.{key}" if path else key
        known = properties.get(key)
        if known is None and target.get("open"):
            result[key] = item
        elif known is None:
            problems.unknown.append(place)
        elif item is None:
            if is_time(known) and key not in ("creationTimestamp", "deletionTimestamp"):
                result[key] = None  # a time without a value is written, e.g. lastProbeTime
        elif item == [] and known.get("type") == "array" or item == {} and "additionalProperties" in known:
            if key in target.get("required", ()):
                result[key] = None  # so comes back what was stored empty, e.g. a CSINode's drivers
        else:
            result[key] = pruned(item, known, problems, place)
    return result


def pruned_scalar(value, target, problems, path):
    kind, form = target["type"], target.get("format")
    if kind == "integer":
        limit = LIMITS.get(form, 1 << 63)
        return checked(value, type(value) is int and -limit <= value < limit, form or "int64", problems, path)
    if kind == "boolean":
        return checked(value, type(value) is bool, "bool", problems, path)
    if kind == "number":
        return checked(value, isinstance(value, (int, float)) and type(value) is not bool, "float64", problems, path)
    if form == "date-time":
        return checked(value, isinstance(value, str) and RFC3339.fullmatch(value), "time", problems, path)
    checked(value, isinstance(value, str), "string", problems, path)
    if "enum" in target and isinstance(value, str) and value and value not in target["enum"]:
        problems.values.append((path, value, target["enum"]))
    return value


def checked(value, right, kind, problems, path):
    if not right:
        problems.wrong.append(f"cannot unmarshal {json.dumps(value)[:80]} into field {path} of type {kind}")
    return value


def merge_of(schema, field):
    """How a strategic merge treats a field: its schema, the strategies named for it, and the merge key of its items."""
    target = resolve(schema) or {}
    known = target.get("properties", {}).get(field)
    if known is None:
        return target.get("additionalProperties"), (), None
    strategies = tuple(filter(None, known.get("x-kubernetes-patch-strategy", "").split(",")))
    return known, strategies, known.get("x-kubernetes-patch-merge-key")


def items_of(schema):
    return (resolve(schema) or {}).get("items")
