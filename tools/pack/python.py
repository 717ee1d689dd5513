"""The Python packages: a source distribution, and a wheel that carries the program and its libraries."""

import shutil
import sys
from pathlib import Path

from pack.licences import add_licences
from pack.source import Source, run


def make_python_packages(source: Source, out: Path, work: Path) -> list[Path]:
    """Makes the sdist, and from it the wheel."""
    made = work / "python"
    python = Path(sys.executable)
    run(python, "-m", "build", "--no-isolation", "--outdir", made, source.path, env=source.environment)
    (sdist,) = made.glob("*.tar.gz")
    (wheel,) = made.glob("*.whl")
    # meson-python takes every wheel with a native file for one that needs the Python it was built with.
    tags = ("--python-tag=py3", "--abi-tag=none")
    run(python, "-m", "wheel", "tags", "--remove", *tags, wheel, env=source.environment)
    (wheel,) = made.glob("*.whl")
    if sys.platform == "linux":
        tools = str(Path(__file__).resolve().parent.parent)
        env = {**source.environment, "PYTHONPATH": tools}
        run(python, "-m", "pack.auditwheel", "repair", "--wheel-dir", made / "repaired", wheel, env=env)
        (wheel,) = (made / "repaired").glob("*.whl")
        wheel = add_licences(wheel, source, made / "complete")
    else:
        print(f"{wheel.name} is for this machine only: libraries are bundled on Linux", file=sys.stderr)
    packages = [Path(shutil.copy(path, out)) for path in (sdist, wheel)]
    shutil.rmtree(made)
    return packages
