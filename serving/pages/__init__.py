"""The pages: routes, view models, charts."""

from serving.pages.routes import Pages
from serving.pages.view_models import overview

__all__ = ["Pages", "overview"]
