"""Refusals: what the API server answers instead of an object."""


class Failure(Exception):
    """A `Status` of kind Failure, thrown to wherever the answer is written."""

    def __init__(self, code, reason, message, details=None, headers=None):
        super().__init__(message)
        self.code, self.reason, self.details, self.headers = code, reason, details, headers or {}

    @property
    def status(self):
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": str(self),
                  "reason": self.reason, "code": self.code}
        if not self.reason:
            del status["reason"]
        return {**status, "details": self.details} if self.details else status


def details(resource, name):
    return {"name": name, **({"group": resource.group} if resource.group else {}), "kind": resource.plural}


def not_found(resource, name):
    return Failure(404, "NotFound", f'{resource.qualified} "{name}" not found', details(resource, name))


def already_exists(resource, name):
    return Failure(409, "AlreadyExists", f'{resource.qualified} "{name}" already exists', details(resource, name))


def conflict(resource, name, why):
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return Failure(409, "Conflict", message, details(resource, name))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def forbidden(resource, name, why):
    what = f'{resource.qualified} "{name}"' if name else resource.qualified
    return Failure(403, "Forbidden", f"{what} is forbidden: {why}", details(resource, name or ""))


def invalid(resource, name, *causes):
    """Each cause is (field, what is wrong, reason), e.g. ("metadata.name", "Required value: …", "FieldValueRequired")."""
    texts = [f"{field}: {message}" for field, message, _ in causes]
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    group = {"group": resource.group} if resource.group else {}
    rows = [{"reason": reason, "message": message, "field": field} for field, message, reason in causes]
    return Failure(422, "Invalid", f'{resource.kind}{"." + resource.group if resource.group else ""} "{name}" is invalid: {text}',
                   {"name": name, **group, "kind": resource.kind, "causes": rows})


def refused_field(resource, name, field, why, reason="FieldValueForbidden"):
    return invalid(resource, name, (field, why, reason))


def bad_request(message):
    return Failure(400, "BadRequest", message)


def expired(message):
    return Failure(410, "Expired", message)


def method_not_allowed():
    return Failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def no_such_page():
    return Failure(404, "NotFound", "the server could not find the requested resource", {})
