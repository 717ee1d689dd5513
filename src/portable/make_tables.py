"""Writes the C tables of src/portable/iconv.c: what the converters of this system's C library make of each character.

The program that runs anywhere cannot load converters, so it carries what they know. `names` below has the sets that
message/charset.c asks for; those that iconv.c reads by rules, such as UTF-16, have no tables.

usage: make_tables.py > tables.h
"""

import ctypes
import errno
from collections.abc import Iterator
from dataclasses import dataclass, field

names = [
    *(f"ISO-8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)),
    *(f"WINDOWS-{n}" for n in range(1250, 1259)),
    *("CP874", "TIS-620", "CP437", "CP850", "CP852", "CP866", "MACINTOSH", "MAC-CYRILLIC", "KOI8-R", "KOI8-U"),
    *("CP932", "SJIS", "EUC-JP", "EUC-JP-MS", "GB18030", "EUC-CN", "CP950", "BIG5-HKSCS", "CP949", "EUC-KR"),
]
# Sets whose letters wait for a mark that joins them.
composing = {"WINDOWS-1255", "WINDOWS-1258"}

# The sets that escape sequences switch to, by the converter that knows them and what to send it first.
parts = {
    "JIS-ROMAN": ("ISO-2022-JP-2", b"\x1b(J"),
    "JIS-X-0208-1978": ("ISO-2022-JP-2", b"\x1b$@"),
    "JIS-X-0208": ("ISO-2022-JP-2", b"\x1b$B"),
    "JIS-X-0212": ("ISO-2022-JP-2", b"\x1b$(D"),
    "GB-2312": ("ISO-2022-JP-2", b"\x1b$A"),
    "KS-C-5601": ("ISO-2022-JP-2", b"\x1b$(C"),
    "LATIN-1-HIGH": ("ISO-2022-JP-2", b"\x1b.A\x1bN"),
    "GREEK-HIGH": ("ISO-2022-JP-2", b"\x1b.F\x1bN"),
    "KS-C-5601-SHIFTED": ("ISO-2022-KR", b"\x1b$)C\x0e"),
    "GB-2312-SHIFTED": ("ISO-2022-CN-EXT", b"\x1b$)A\x0e"),
    "CNS-1": ("ISO-2022-CN-EXT", b"\x1b$)G\x0e"),
    "ISO-IR-165": ("ISO-2022-CN-EXT", b"\x1b$)E\x0e"),
    "CNS-2": ("ISO-2022-CN-EXT", b"\x1b$*H\x1bN"),
    **{f"CNS-{n}": ("ISO-2022-CN-EXT", b"\x1b$+" + bytes([ord("I") + n - 3]) + b"\x1bO") for n in range(3, 8)},
}

# The kinds of a cell, as in iconv.c.
CHARACTER, NODE, PAIR, FOUR_BYTES = (kind << 28 for kind in (1, 2, 3, 4))
libc = ctypes.CDLL(None, use_errno=True)
libc.iconv_open.restype = ctypes.c_void_p
libc.iconv_open.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
libc.iconv.restype = ctypes.c_size_t
libc.iconv.argtypes = [ctypes.c_void_p, *[ctypes.c_void_p] * 4]


class Converter:
    """One of the C library's, to UTF-32."""

    def __init__(self, name: str) -> None:
        self.handle = libc.iconv_open(b"UTF-32LE", name.encode())
        if self.handle == ctypes.c_void_p(-1).value:
            raise SystemExit(f"this system has no converter for {name}")

    def __call__(self, octets: bytes) -> str | None:
        """What they are, None when they are nothing, "" when more has to follow."""
        source = ctypes.create_string_buffer(octets, len(octets))
        target = ctypes.create_string_buffer(64)
        at, left = ctypes.c_void_p(ctypes.addressof(source)), ctypes.c_size_t(len(octets))
        out, room = ctypes.c_void_p(ctypes.addressof(target)), ctypes.c_size_t(len(target))
        to_out = ctypes.byref(out), ctypes.byref(room)
        libc.iconv(self.handle, None, None, None, None)
        failed = libc.iconv(self.handle, ctypes.byref(at), ctypes.byref(left), *to_out) == ctypes.c_size_t(-1).value
        if failed:
            return "" if ctypes.get_errno() == errno.EINVAL else None
        libc.iconv(self.handle, None, None, *to_out)
        return target.raw[: len(target) - room.value].decode("utf-32-le")


@dataclass
class Tables:
    cells: list[int] = field(default_factory=list)
    nodes: list[tuple[int, int, int]] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)

    def add_node(self, converter: Converter, prefix: bytes, before: bytes = b"") -> int:
        """Adds what may follow `before` (which follows `prefix`), and returns its number."""
        cells = [self.cell(converter, prefix, before + bytes([octet])) for octet in range(256)]
        used = [octet for octet, cell in enumerate(cells) if cell] or [0]
        self.nodes.append((len(self.cells), used[0], used[-1]))
        self.cells += cells[used[0] : used[-1] + 1]
        return len(self.nodes) - 1

    def cell(self, converter: Converter, prefix: bytes, octets: bytes) -> int:
        text = converter(prefix + octets)
        if text is None or (prefix and octets in (b"\x0e", b"\x0f", b"\x1b")):
            return 0
        if text == "":
            # Only GB 18030 has characters of four bytes, and too many of them for cells.
            four = len(octets) == 2 and 0x30 <= octets[1] <= 0x39
            return FOUR_BYTES if four else NODE | self.add_node(converter, prefix, octets)
        if len(text) == 1:
            return CHARACTER | ord(text)
        self.pairs.append((ord(text[0]), ord(text[1])))
        return PAIR | len(self.pairs) - 1


# Where the characters of four bytes that are in the basic plane end, and where those of the other planes begin.
BASIC_END, OTHERS_START = 39_420, 189_000


def four_bytes(position: int) -> bytes:
    """The characters of four bytes in the order of GB 18030."""
    position, last = divmod(position, 10)
    position, third = divmod(position, 126)
    first, second = divmod(position, 10)
    return bytes([0x81 + first, 0x30 + second, 0x81 + third, 0x30 + last])


def ranges() -> Iterator[tuple[int, int, int]]:
    """Runs of characters of four bytes: position, length, first character."""
    converter = Converter("GB18030")
    start, length, first = 0, 0, 0
    for position in range(BASIC_END + 1):
        text = converter(four_bytes(position))
        character = ord(text) if text else -1
        if length and character != first + length:
            yield start, length, first
            length = 0
        if character >= 0:
            start, first = (start, first) if length else (position, character)
            length += 1
    for plane in range(1, 17):
        position = OTHERS_START + (plane - 1) * 0x10000
        if converter(four_bytes(position)) != chr(plane << 16):
            raise SystemExit(f"plane {plane} of GB 18030 is not where it is expected")
        yield position, 0x10000, plane << 16


def compositions(converter: Converter) -> Iterator[tuple[int, int, int]]:
    """Letter, mark, and the letter that they become."""
    single = {octet: converter(bytes([octet])) for octet in range(256)}
    letters = [(bytes([octet]), text) for octet, text in single.items() if text]
    while letters:
        octets, text = letters.pop()
        for mark, mark_text in single.items():
            both = converter(octets + bytes([mark])) if mark_text else None
            if both and len(both) == 1:
                yield ord(text), ord(mark_text or ""), ord(both)
                letters.append((octets + bytes([mark]), both))


def print_array(declaration: str, rows: list[str]) -> None:
    print(f"static const {declaration}[] = {{")
    for at in range(0, len(rows), 10):
        print(" ".join(f"{row}," for row in rows[at : at + 10]))
    print("};")


def main() -> None:
    tables = Tables()
    sets = []
    composed: set[tuple[int, int, int]] = set()
    for name in names:
        converter = Converter(name)
        sets.append(f'{{"{name}", {tables.add_node(converter, b"")}, {"true" if name in composing else "false"}}}')
        if name in composing:
            composed.update(compositions(converter))
    roots = [
        f"PART_{name.replace('-', '_')} = {tables.add_node(Converter(known), prefix)}"
        for name, (known, prefix) in parts.items()
    ]
    print("/* Made by make_tables.py. */")
    print_array("uint32_t cells", [hex(cell) for cell in tables.cells])
    print_array("struct Node nodes", [f"{{{at}, {first}, {last}}}" for at, first, last in tables.nodes])
    print_array("uint32_t pairs", [f"{a}, {b}" for a, b in tables.pairs])
    print_array("struct Range ranges", [f"{{{start}, {length}, {first}}}" for start, length, first in ranges()])
    print_array("struct Composition compositions", [f"{{{a}, {b}, {c}}}" for a, b, c in sorted(composed)])
    print_array("struct Set sets", sets)
    print(f"enum {{ {', '.join(roots)} }};")


main()
