"""What schemathesis needs to know of media types: how a query is sent."""

import schemathesis


@schemathesis.serializer("application/sparql-query")
def query(ctx: schemathesis.SerializationContext, value: object) -> bytes:
    """A query as it goes over the wire; what is no text (a case that breaks the schema) as its text."""
    return str(value).encode("utf-8", "surrogatepass")
