"""The OpenAPI description as protobuf: kubectl up to 1.26 asks for nothing else before it creates or applies.

Source of the numbers: OpenAPIv2.proto of github.com/google/gnostic-models."""
import functools, json

from cluster import schema

PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
ANSWERED = PROTOBUF.replace("@", ".")  # Go takes no "@" for a media type


def varint(number):
    data = b""
    while number > 127:
        data, number = data + bytes([number & 127 | 128]), number >> 7
    return data + bytes([number])


def field(number, data):
    """A field with a length: text, bytes or a message."""
    data = data.encode() if isinstance(data, str) else data
    return varint(number << 3 | 2) + varint(len(data)) + data


def extension(name, value):
    """NamedAny: its value is YAML, of which JSON is a part."""
    return field(1, name) + field(2, field(2, json.dumps(value)))


def named(properties):
    """Properties and Definitions: NamedSchema, repeated."""
    return b"".join(field(1, field(1, name) + field(2, message(one))) for name, one in properties.items())


def message(one):
    """Schema."""
    parts = []
    for key, value in one.items():
        match key:
            case "$ref":
                parts.append(field(1, value))
            case "format":
                parts.append(field(2, value))
            case "required":
                parts += [field(19, name) for name in value]
            case "additionalProperties":
                parts.append(field(21, field(1, message(value))))
            case "type":
                parts.append(field(22, field(1, value)))
            case "items":
                parts.append(field(23, field(1, message(value))))
            case "properties":
                parts.append(field(25, named(value)))
            case _ if key.startswith("x-"):
                parts.append(field(31, extension(key, value)))
    return b"".join(parts)


@functools.cache
def document():
    information = field(1, "Kubernetes") + field(2, "v1.36.2")
    return field(1, "2.0") + field(2, information) + field(8, b"") + field(9, named(schema.definitions()))
