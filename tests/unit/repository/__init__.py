"""Tests of what lies beside the packages: docs, examples, images, dashboards."""
