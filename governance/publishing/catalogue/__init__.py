"""Publishes the catalogue of all definitions as a static site."""

from governance.publishing.catalogue.change_history import ChangeHistory, RevisionNote, git_history
from governance.publishing.catalogue.live_facts import FeatureNow, features_now
from governance.publishing.catalogue.published_files import NotPublished, publish
from governance.publishing.catalogue.registry_history import registry_history
from governance.publishing.catalogue.site import site_files

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
