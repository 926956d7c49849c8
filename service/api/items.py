"""What a body asks of each item of its lists, as the OpenAPI document tells it."""

from typing import Any

from litestar.openapi.spec import OpenAPIType, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition
from msgspec import Meta


class Items(OpenAPISchemaPlugin):
    """Litestar reads the `Meta` of a struct's own fields, but not that of items in their lists."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return field_definition.annotation in _TYPES and any(
            isinstance(each, Meta) for each in field_definition.metadata
        )

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        del schema_creator
        asked = next(each for each in field_definition.metadata if isinstance(each, Meta))
        return Schema(
            type=_TYPES[field_definition.annotation],
            pattern=asked.pattern,
            min_length=asked.min_length,
            max_length=asked.max_length,
            minimum=asked.ge,
            maximum=asked.le,
            description=asked.description,
        )


_TYPES = {str: OpenAPIType.STRING, int: OpenAPIType.INTEGER}
