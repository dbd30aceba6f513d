"""Tests of files beside the packages: docs, examples, images, dashboards."""
