"""Topics as an AsyncAPI document."""

from governance.exports.asyncapi.document import VERSION, asyncapi
from governance.exports.asyncapi.texts import DocumentFormat, format_of, text_of

__all__ = ["VERSION", "DocumentFormat", "asyncapi", "format_of", "text_of"]
