"""What ends a run of the bench."""


class BenchError(Exception):
    """A sentence for the person who started the bench."""
