"""A package with a provider in it."""
