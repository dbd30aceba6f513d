"""Exports topics as an AsyncAPI document."""

from governance.publishing.exports.asyncapi.document import VERSION, asyncapi
from governance.publishing.exports.asyncapi.texts import DocumentFormat, format_of, text_of

__all__ = ["VERSION", "DocumentFormat", "asyncapi", "format_of", "text_of"]
