"""The source distribution."""

import sys
from pathlib import Path

from pack.source import Source, run


def make_sdist(source: Source, out: Path) -> Path:
    """Makes dsmtpd-VERSION.tar.gz."""
    run(
        sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", out, source.path, env=source.environment
    )
    (sdist,) = out.glob("*.tar.gz")
    return sdist
