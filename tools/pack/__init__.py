"""Builds the packages of a release from a commit: `python -m pack` with tools/ on PYTHONPATH. See docs/packaging.md."""
