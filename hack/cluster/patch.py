"""Patches: JSON merge patch (RFC 7386), JSON patch (RFC 6902) and Kubernetes' strategic merge patch."""
import copy

from cluster import schema as schemas
from cluster.failure import Failure, bad_request

ORDER, DELETE_PRIMITIVE = "$setElementOrder/", "$deleteFromPrimitiveList/"
JSON, MERGE = "application/json-patch+json", "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
DIRECTIVES = ("$patch", "$retainKeys")


def apply(kind, original, patch, schema):
    """The patched object; the original stays as it is."""
    if kind == MERGE:
        return merge(copy.deepcopy(original), expect(patch, dict))
    if kind == JSON:
        return json_patch(copy.deepcopy(original), expect(patch, list))
    return strategic(copy.deepcopy(original), copy.deepcopy(expect(patch, dict)), schema)


def check_kind(kind):
    if kind not in (JSON, MERGE, STRATEGIC):
        accepted = ", ".join((JSON, MERGE, STRATEGIC))
        message = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
        raise Failure(415, "UnsupportedMediaType", message)


def expect(patch, kind):
    if not isinstance(patch, kind):
        raise bad_request(f"a patch of this type is a JSON {'object' if kind is dict else 'array'}")
    return patch


def merge(original, patch):
    if not isinstance(patch, dict):
        return patch
    result = original if isinstance(original, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


# JSON patch

def json_patch(document, operations):
    for operation in operations:
        holder = {"": document}
        step(holder, operation)
        document = holder[""]
    return document


def step(holder, operation):
    try:
        kind, path = operation["op"], operation["path"]
        if kind in ("move", "copy"):
            value = copy.deepcopy(at(holder, operation["from"]))
            if kind == "move":
                change(holder, operation["from"], "remove")
            change(holder, path, "add", value)
        elif kind == "test":
            if at(holder, path) != operation.get("value"):
                raise Failure(422, "Invalid", f"the server rejected our request due to an error in our request: testing path {path} failed")
        elif kind in ("add", "remove", "replace"):
            change(holder, path, kind, operation.get("value"))
        else:
            raise bad_request(f"Unexpected kind: {kind}")
    except (KeyError, IndexError, ValueError, TypeError) as error:
        reason = "the server rejected our request due to an error in our request"
        raise Failure(422, "Invalid", f"{reason}: {operation} does not apply: {error!r}") from error


def tokens(path):
    if path and not path.startswith("/"):
        raise ValueError(path)
    return [token.replace("~1", "/").replace("~0", "~") for token in path.split("/")]


def at(holder, path):
    value = holder
    for token in tokens(path):
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value


def change(holder, path, kind, value=None):
    *parents, last = tokens(path)
    place = holder
    for token in parents:
        place = place[int(token)] if isinstance(place, list) else place[token]
    if isinstance(place, list):
        index = len(place) if last == "-" else int(last)
        if index > len(place) or kind != "add" and index == len(place):
            raise IndexError(path)
        place[index:index + (kind != "add")] = [] if kind == "remove" else [value]
    elif kind == "remove":
        del place[last]
    elif kind == "replace" and last not in place:
        raise KeyError(path)
    else:
        place[last] = value


# Strategic merge patch. Source: k8s.io/apimachinery/pkg/util/strategicpatch.

def strategic(original, patch, schema):
    """Merges a map into a map; both may be changed."""
    directive = patch.pop("$patch", None)
    if directive == "replace":
        return patch
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise bad_request(f"unknown patch type: {directive}")
    retain(original, patch.pop("$retainKeys", None), patch)
    ordered(original, patch, schema)
    for key, value in patch.items():
        if key.startswith(DELETE_PRIMITIVE):
            field = key.removeprefix(DELETE_PRIMITIVE)
            if original.get(field) is not None:
                original[field] = [item for item in original[field] if item not in value]
        elif value is None:
            original.pop(key, None)
        else:
            original[key] = merged_field(original.get(key), value, schema, key)
    return original


def retain(original, keys, patch):
    """`$retainKeys`: every other key of the original goes."""
    if keys is None:
        return
    if not all(key in keys for key, value in patch.items() if value is not None and not key.startswith("$")):
        raise bad_request("the list of retain keys does not contain all keys of the patch")
    for key in [key for key in original if key not in keys]:
        del original[key]


def merged_field(original, value, schema, key):
    known, strategies, merge_key = schemas.merge_of(schema, key)
    if isinstance(value, dict):
        if not isinstance(original, dict) or "replace" in strategies:
            original = {}
        return strategic(original, value, known)
    if isinstance(value, list):
        if "merge" in strategies:
            return merged_list(original if isinstance(original, list) else [], value, known, merge_key)
        return [bare(item) for item in value if not is_directive(item)]
    return value


def is_directive(item):
    return isinstance(item, dict) and "$patch" in item


def bare(value):
    """A value that is new: without directives and nulls."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items()
                if item is not None and key not in DIRECTIVES and not key.startswith((ORDER, DELETE_PRIMITIVE))}
    if isinstance(value, list):
        return [bare(item) for item in value if not is_directive(item)]
    return value


def merged_list(original, patch, schema, merge_key):
    """A list whose items are merged by their key (maps) or united (values), in the order of `normalized`."""
    if merge_key is None:
        return normalized(original + [item for item in patch if item not in original], list(dict.fromkeys(patch)), original, None)
    if replaces(patch):
        return bare(patch)
    kept, result = united(original, patch, schema, merge_key)
    return normalized(result, [item for item in patch if not is_directive(item)], kept, merge_key)


def replaces(patch):
    return any(is_directive(item) and item["$patch"] == "replace" for item in patch)


def united(original, patch, schema, merge_key):
    """What is kept of a list of maps, and that with the patch's items: those that are new at the end."""
    gone = [key_of(item, merge_key) for item in patch if is_directive(item) and item["$patch"] == "delete"]
    kept = [item for item in original if item.get(merge_key) not in gone]
    result, each = list(kept), schemas.items_of(schema)
    for item in (item for item in patch if not is_directive(item)):
        key = key_of(item, merge_key)
        for index, old in enumerate(result):
            if old.get(merge_key) == key:
                result[index] = strategic(old, dict(item), each)
                break
        else:
            result.append(bare(item))
    return kept, result


def key_of(item, merge_key):
    if not isinstance(item, dict) or merge_key not in item:
        raise bad_request(f"map: {item} does not contain declared merge key: {merge_key}")
    return item[merge_key]


def ordered(original, patch, schema):
    """`$setElementOrder/FIELD`: merges the field's list and puts it into that order."""
    for directive in [key for key in patch if key.startswith(ORDER)]:
        order, field = patch.pop(directive), directive.removeprefix(ORDER)
        known, _, merge_key = schemas.merge_of(schema, field)
        given, here = patch.pop(field, None), original.get(field)
        deletions = patch.pop(DELETE_PRIMITIVE + field, None)
        if given is None and here is None:
            continue
        consistent(given or [], order, merge_key)
        before, merged = here or [], here or []
        if given is not None and (merge_key is None or replaces(given)):
            merged = merged_list(before, given, known, merge_key)
        elif given is not None:
            # The real one has the merged list in the place of the old one by now, cut to its length.
            _, merged = united(before, given, known, merge_key)
            before = merged[:len(before)]
        original[field] = normalized([item for item in merged if item not in (deletions or [])], order, before, merge_key)


def consistent(given, order, merge_key):
    """What a patch brings stands in its order list, in that order."""
    def name(item): return item.get(merge_key) if merge_key else item
    places = [name(item) for item in order]
    wanted = [name(item) for item in given if not is_directive(item)]
    if any(item not in places for item in wanted) or sorted(wanted, key=places.index) != wanted:
        raise bad_request(f"The order in patch list:\n{given}\n doesn't match $setElementOrder list:\n{order}\n")


def normalized(items, order, before, merge_key):
    """Items named by `order` in that order; the others keep their place among them as `before` had it."""
    def name(item): return item.get(merge_key) if merge_key else item
    places = {name(item): index for index, item in reversed(list(enumerate(order)))}
    known = {name(item): index for index, item in reversed(list(enumerate(before)))}
    right = sorted((item for item in items if name(item) in places), key=lambda item: places[name(item)])
    left = [item for item in items if name(item) not in places]
    left.sort(key=lambda item: known.get(name(item), len(known)))
    result = []
    while left and right:
        first, second = known.get(name(left[0])), known.get(name(right[0]))
        ahead = first is not None and second is not None and first < second
        result.append((left if ahead else right).pop(0))
    return result + left + right
