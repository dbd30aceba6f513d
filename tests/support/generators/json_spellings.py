"""Events as JSON in every spelling: key orders, white space, escapes, numbers, nesting, and some that are broken."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

One = TypeVar("One")

NUMBERS = (
    *(
        "0",
        "-0",
        "-0.0",
        "0e0",
        "0e999",
        "5.0",
        "1e3",
        "1E+3",
        "1e-3",
        "1e05",
        "1e0005",
        "12345678",
        "1234567812345678",
    ),
    *("2147483647", "2147483648", "-2147483648", "-2147483649", "9223372036854775807", "9223372036854775808"),
    *("-9223372036854775807", "-9223372036854775808", "18446744073709551615", "18446744073709551616", "9" * 20),
    *("0.1", "15.299999999999999", "9007199254740993", "9007199254740992.5", "0.12345678123456781", "1e22", "1e23"),
    *("1.7976931348623157e308", "1e309", "5e-324", "2.2250738585072014e-308", "1e-400", "1234567890.12345678901"),
    *("00", "01", "1.", "1.e3", ".5", "1e", "1e+", "+1", "-", "--1", "0x1", "1_0", "NaN", "Infinity", "-Infinity"),
)
TIMES = (
    *("2026-01-01T00:00:00Z", "20260101T000000.123+01", "2026-W05-6T14Z", "1969-12-31 23:59:59,5Z"),
    *("2026-01-01", "2026-01-01T00:00:00", "soon", "9999-12-31T23:59:60Z", "2026-01-01T00:00:00\\u005a"),
)
LETTERS = (*"aZ 0_-~{}[]:,", "é", "ß", "漢", "😀", "\u2028", "\ufeff", "\x7f", "NaN", "Infinity")
ESCAPES = (
    *("\\n", '\\"', "\\\\", "\\/", "\\b", "\\f", "\\r", "\\t", "\\u0041", "\\u00e9", "\\u6f22", "\\ud83d\\ude00"),
    *("\\uD83D\\uDE00", "\\uFFFF", "\\u0000", "\\ud83d", "\\ude00", "\\ud83d\\u0041", "\\u12", "\\x", "\\", "\t"),
)
LENGTHS = (0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 30)
OTHERS = ("x", "user", "amounts", "é", "us\\u0065r_id", "", "a_field_of_more_than_sixteen")
PIECES = (
    b"",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b":",
    b",",
    b"\\",
    b"0",
    b"-",
    b".",
    b"e",
    b" ",
    b"\n",
    b"\xff",
    b"\xed\xa0",
)
BROKEN = (b"", b" ", b"null", b"[]", b"{}", b"1", b'"x"', b"{,}", b'{"ts":1', b'{"ts":1,}', b'{"ts":1}{"ts":1}')


class JsonSpellings:
    """Random events of `columns` (name -> type). A share `wild` of the values is of any kind, and of the payloads is
    broken."""

    def __init__(self, columns: Mapping[str, str], chance: np.random.Generator, wild: float) -> None:
        self._columns, self._chance, self._wild = dict(columns), chance, wild

    def payload(self) -> bytes:
        """Returns an event in most cases."""
        payload = self.object(self._fields()).encode(errors="surrogatepass")
        if not self._happens(self._wild):
            return payload
        if self._happens(0.2):
            return self._choice(BROKEN)
        first, lost = int(self._chance.integers(len(payload) + 1)), int(self._chance.integers(3))
        return payload[:first] + self._choice(PIECES) + payload[first + lost :]

    def object(self, fields: Sequence[tuple[str, str]]) -> str:
        """Returns a JSON object of fields with values given as JSON."""
        members = [f'"{name}"{self._space()}:{self._space()}{value}' for name, value in fields]
        return self._space() + "{" + self._listed(members) + "}" + self._space()

    def value(self, kind: str) -> str:
        """Returns a value of a type, as JSON."""
        usual: dict[str, Callable[[], str]] = {
            "STRING": self.text,
            "INT64": lambda: str(self._whole(40)),
            "INT32": lambda: str(self._whole(31)),
            "BOOL": lambda: self._choice(("true", "false")),
            "TIMESTAMP": lambda: f'"{self._choice(TIMES[:4])}"',
        }
        return usual.get(kind, self._number)()

    def text(self) -> str:
        """Returns a text in quotes, a few with escapes and letters of all lengths."""
        letters = self._choice(("abcXYZ019_- ", "abcXYZ019_- ", LETTERS, LETTERS + ESCAPES[:15]))
        if self._happens(self._wild):
            letters = LETTERS + ESCAPES
        return '"' + "".join(self._choice(letters) for _ in range(self._choice(LENGTHS))) + '"'

    def _fields(self) -> list[tuple[str, str]]:
        fields = [(name, self._any(kind)) for name, kind in self._columns.items() if not self._happens(0.03)]
        if self._happens(0.2):
            fields = [fields[index] for index in self._chance.permutation(len(fields))]
        if self._happens(0.2):
            fields.insert(int(self._chance.integers(len(fields) + 1)), (self._choice(OTHERS), self._nested(0)))
        if fields and self._happens(self._wild):
            fields.append(self._choice(fields))
        return fields

    def _any(self, kind: str) -> str:
        if self._happens(0.05):
            return "null"
        if not self._happens(self._wild):
            return self.value(kind)
        wild = (self._number, self.text, lambda: self._nested(0), lambda: "tru", lambda: f'"{self._choice(TIMES)}"')
        return self._call(wild)

    def _number(self) -> str:
        usual = (
            lambda: repr(float(self._chance.normal() * 10.0 ** self._chance.integers(-300, 300))),
            lambda: repr(float(self._chance.uniform(-1_000, 1_000))),
            lambda: f"{self._chance.uniform(0, 100):.2f}",
            lambda: str(self._whole(63)),
            lambda: f"{abs(self._whole(30))}.{abs(self._whole(29))}e{self._chance.integers(-30, 30)}",
        )
        return self._choice(NUMBERS) if self._happens(self._wild) else self._call(usual)

    def _nested(self, depth: int) -> str:
        kind = int(self._chance.integers(4)) if depth < 5 else 0
        inner = [self._nested(depth + 1) for _ in range(int(self._chance.integers(4)) if kind > 1 else 0)]
        if kind == 2:
            return "[" + self._listed(inner) + "]"
        if kind == 3:
            return self.object([(self.text()[1:-1], value) for value in inner])
        return self._call((self._number, self.text, lambda: "true", lambda: "false", lambda: "null"))

    def _listed(self, members: Sequence[str]) -> str:
        return self._space() + (self._space() + "," + self._space()).join(members) + self._space()

    def _space(self) -> str:
        if self._happens(0.95):
            return ""
        return self._choice((" ", "  ", "\n", "\t", "\r\n", "\x0b", "\xa0")[: 7 if self._happens(self._wild) else 5])

    def _whole(self, bits: int) -> int:
        return int(self._chance.integers(-(2**bits), 2**bits)) >> int(self._chance.integers(bits))

    def _call(self, ways: Sequence[Callable[[], str]]) -> str:
        return ways[int(self._chance.integers(len(ways)))]()

    def _happens(self, share: float) -> bool:
        return bool(self._chance.random() < share)

    def _choice(self, of: Sequence[One]) -> One:
        return of[int(self._chance.integers(len(of)))]
