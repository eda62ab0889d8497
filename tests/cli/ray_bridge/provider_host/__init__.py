"""Stands in for the package in the tests of `batch --ray`, which need no Ray: see ray/__main__.py."""
