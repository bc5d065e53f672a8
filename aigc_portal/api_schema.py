"""What every operation of the OpenAPI schema has besides its own."""

from __future__ import annotations

from typing import Any

from aigc_portal.problem_details import MEDIA_TYPE

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Some codes bring more: `errors` by field, `current` with the object as it is now.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; made for programs."},
        "detail": {"type": "string", "description": "For people, in the language of the request."},
        "errors": {"type": "object", "additionalProperties": True},
        "current": {"type": "object", "additionalProperties": True},
    },
    "required": ["type", "title", "status", "code", "detail"],
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 100},
    "description": "A repeat with the same key and body within a day makes nothing new and gets the same answer.",
}


def add_what_is_common(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Post-processing hook: refusals, and the key of a repeatable POST."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    refused = {
        "description": "Refused.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for operations in result["paths"].values():
        for method, operation in operations.items():
            operation["responses"]["default"] = refused
            if method == "post" and {} not in operation.get("security", [{}]):
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return result
