"""auditwheel, for which only the C library belongs to the system.

manylinux lets wheels expect more than that of a system, GLib among it. A container or a CI image rarely has GLib, and
one that has it may have another than the bundled libraries were built for. So everything but glibc is bundled, which
cannot be: it has to match the dynamic linker.
"""

import json
import sys
import tempfile
from pathlib import Path

import auditwheel.main
import auditwheel.policy
from auditwheel.libc import Libc

GLIBC = {
    "libBrokenLocale.so.1",
    "libanl.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libnsl.so.1",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libthread_db.so.1",
    "libutil.so.1",
}


def narrow(policies: list[dict[str, list[str]]]) -> list[dict[str, list[str]]]:
    """The policies, with nothing but glibc in what a system is expected to have."""
    return [{**policy, "lib_whitelist": sorted(GLIBC.intersection(policy["lib_whitelist"]))} for policy in policies]


def main() -> int:
    # auditwheel takes its policies from files and has no option to name others.
    files = auditwheel.policy._POLICY_JSON_MAP
    with tempfile.TemporaryDirectory() as folder:
        narrowed = Path(folder, "policy.json")
        narrowed.write_text(json.dumps(narrow(json.loads(files[Libc.GLIBC].read_text()))))
        files[Libc.GLIBC] = narrowed
        return auditwheel.main.main() or 0


if __name__ == "__main__":
    sys.exit(main())
