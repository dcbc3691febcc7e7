"""How schemathesis reads the answers that the API describes as text: as text.

Its own reader of YAML takes one document; a Workflow with its claims is a stream of several.
"""

import schemathesis
from schemathesis.core.media_types import YAML_MEDIA_TYPES


# All of them: the first reader of the family that it finds is taken.
@schemathesis.deserializer(*YAML_MEDIA_TYPES)
def yaml_as_text(_context, response):
    return response.content.decode("utf-8")


@schemathesis.deserializer("application/gzip", "application/octet-stream")
def binary_as_text(_context, response):
    return response.content.decode("latin-1")
