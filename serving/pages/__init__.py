"""The pages: routes, view models, charts."""

from serving.pages.routes import Pages
from serving.pages.templating import environment
from serving.pages.values_now import ValueNow, values_now
from serving.pages.view_models import overview

__all__ = ["Pages", "ValueNow", "environment", "overview", "values_now"]
