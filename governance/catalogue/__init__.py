"""The catalogue of all definitions as a static site."""

from governance.catalogue.change_history import ChangeHistory, RevisionNote, git_history
from governance.catalogue.live_facts import FeatureNow, features_now
from governance.catalogue.published_files import NotPublished, publish
from governance.catalogue.registry_history import registry_history
from governance.catalogue.site import site_files

__all__ = [
    "ChangeHistory",
    "FeatureNow",
    "NotPublished",
    "RevisionNote",
    "features_now",
    "git_history",
    "publish",
    "registry_history",
    "site_files",
]
