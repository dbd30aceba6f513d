"""Renders the templates of pages."""

from typing import Any

from starlette.responses import HTMLResponse

from serving.context import ServingContext
from serving.pages.templating import environment


class Renderer:
    """Renders the pages of one serving context."""

    def __init__(self, context: ServingContext) -> None:
        self._types, self._templates = context.entity_types, environment()

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Renders a template."""
        text = self._templates.get_template(template).render(types=self._types, **values)
        return HTMLResponse(text, status_code=status)

    def message(self, status: int, title: str, text: str, again: str = "") -> HTMLResponse:
        """Renders a page with a message; it polls the address `again` until that answers."""
        return self.page("message.html", status, title=title, text=text, again=again)
