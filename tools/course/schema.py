"""The subset of JSON Schema that our schemas use: type, enum, const, required, properties,
additionalProperties, patternProperties, items, minItems, minLength, minimum, pattern, anyOf.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
_KNOWN = {"type", "enum", "const", "required", "properties", "additionalProperties", "patternProperties"}
_KNOWN |= {"items", "minItems", "minLength", "minimum", "pattern", "anyOf", "$schema", "$id", "title", "description"}


def errors(value: Any, schema: dict[str, Any], where: str = "the file") -> list[str]:
    """One sentence for each place where `value` is not what the schema says. Empty: valid."""
    unknown = schema.keys() - _KNOWN
    if unknown:
        raise NotImplementedError(f"JSON Schema keyword {sorted(unknown)[0]} is not supported here")
    return list(_errors(value, schema, where))


def _errors(value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
    allowed = schema.get("type")
    if allowed is not None:
        names = [allowed] if isinstance(allowed, str) else allowed
        if not any(_is(value, name) for name in names):
            yield f"{where} should be {' or '.join(names)}, is {value!r:.60}"
            return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} should be one of {schema['enum']}, is {value!r}"
    if "const" in schema and value != schema["const"]:
        yield f"{where} should be {schema['const']!r}, is {value!r}"
    if "minimum" in schema and _is(value, "number") and value < schema["minimum"]:
        yield f"{where} should be at least {schema['minimum']}, is {value}"
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        yield f"{where} should match {schema['pattern']}, is {value!r}"
    if "anyOf" in schema and all(errors(value, option, where) for option in schema["anyOf"]):
        yield f"{where} fits none of the allowed forms"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        yield f"{where} is empty" if not value else f"{where} is too short: {value!r}"
    if isinstance(value, list) and len(value) < schema.get("minItems", 0):
        yield f"{where} should have at least {schema['minItems']} entries, has {len(value)}"
    if isinstance(value, dict):
        yield from _object_errors(value, schema, where)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from errors(item, schema["items"], f"{where}[{index}]")


def _object_errors(value: dict[str, Any], schema: dict[str, Any], where: str) -> Iterator[str]:
    for name in schema.get("required", []):
        if name not in value:
            yield f"{where} has no {name!r}"
    properties = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for name, item in value.items():
        inside = name if where == "the file" else f"{where}.{name}"
        matched = [properties[name]] if name in properties else []
        matched += [sub for pattern, sub in patterns.items() if re.search(pattern, name)]
        for sub in matched:
            yield from errors(item, sub, inside)
        others = schema.get("additionalProperties", True)
        if not matched and others is False:
            yield f"{where} has {name!r}, which is not known"
        elif not matched and isinstance(others, dict):
            yield from errors(item, others, inside)


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):  # a bool is an int in Python, not in JSON
        return name == "boolean"
    return isinstance(value, _TYPES[name])
