"""Tests the strict loader: what it reads, what it refuses and how fast, and the lines it names."""

import pytest

from dataflows.definitions.reading.yaml_document import MAX_BYTES, MAX_DEPTH, Document, YamlError, YamlErrors, read

ALIAS_BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n".encode()
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
BOMBS = {
    "aliases": ALIAS_BOMB,
    "flow nesting": b"[" * 200_000,
    "flow mappings": b"{a: " * 50_000,
    "block nesting": b"".join(b" " * depth + b"a:\n" for depth in range(600)),
    "sequences in sequences": b"- " * 100_000,
    "many scalars": b"[" + b"a," * 120_000 + b"]",
    "many keys": b"".join(f"k{i}: 1\n".encode() for i in range(20_000)),
    "many duplicates": b"k: 1\n" * 50_000,
    "long scalar": b"a: '" + b"x" * 260_000 + b"'\nb: *c",
    "long key": b"x" * 260_000 + b": 1",
    "too long": b"a: " + b"x" * (MAX_BYTES + 1),
    "merge keys": b"<<: {<<: {<<: {a: 1}}}",
    "question marks": b"? " * 100_000,
    "comments": b"# c\n" * 60_000 + b"a: *b",
    "python object": b"!!python/object/apply:os.system ['true']",
}
TAGS = [b"a: !!str 1", b"a: !own 1", b"!!map {a: 1}", b"a: !!binary aGk=", b"!!set {a, b}", b"a: ! b"]


def errors_of(content: bytes) -> list[YamlError]:
    with pytest.raises(YamlErrors) as raised:
        read(content)
    return raised.value.errors


@pytest.mark.timeout(30)
@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_are_refused_with_a_line(content: bytes) -> None:
    """A few ms each; reading what they stand for takes hours, or more memory than there is."""
    assert all(error.line >= 1 for error in errors_of(content))


@pytest.mark.parametrize("content", TAGS)
def test_tags_are_refused(content: bytes) -> None:
    (error,) = errors_of(content)
    assert error.line == 1
    assert "tag" in str(error.hint)


def test_anchors_are_refused_even_unused() -> None:
    (error,) = errors_of(b"a: 1\nb: &name 2")
    assert (error.line, error.hint) == (2, "an anchor or alias (name); write the value out")


def test_merge_keys_are_refused_but_not_their_text() -> None:
    assert "merge key" in str(errors_of(b"a: 1\n<<: {b: 2}")[0].hint)
    assert read(b"'<<': 1").value == {"<<": 1}


def test_a_key_twice_names_both_lines_and_all_are_told() -> None:
    errors = errors_of(b"a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")
    assert [(error.line, error.path, error.hint) for error in errors] == [
        (4, ("b", "c"), "it already occurs in line 3"),
        (5, ("a",), "it already occurs in line 1"),
    ]


@pytest.mark.parametrize(("content", "line"), [(b"a: 1\n---\nb: 1", 2), (b"--- 1\n--- 2", 2), (b"a: 1\n...\n{}", 3)])
def test_a_second_document_is_refused(content: bytes, line: int) -> None:
    (error,) = errors_of(content)
    assert error.line == line


@pytest.mark.parametrize("content", [b"", b"# only a comment\n", b"\n\n"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert errors_of(content)[0].hint == "the file is empty"


@pytest.mark.parametrize(
    "text", ["12:30:00", "1:30", "010", "0x1F", "0b11", "1_000", "190:20:30.15", ".inf", ".nan", "9" * 5_000]
)
def test_numbers_that_are_not_what_they_look_like_are_refused_as_written(text: str) -> None:
    (error,) = errors_of(f"a: 1\nb: {text}".encode())
    assert (error.line, error.path, error.value) == (2, ("b",), text)
    assert "quotes" in str(error.hint)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("1.5", 1.5),
        ("1.0e+3", 1000.0),
        ("true", True),
        ("no", False),
        ("null", None),
        ("~", None),
        ("1e3", "1e3"),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("'12:30:00'", "12:30:00"),
        ('"010"', "010"),
        ("=", "="),
        ("a b", "a b"),
    ],
)
def test_scalars(text: str, value: object) -> None:
    document = read(f"a: {text}".encode())
    assert document.value == {"a": value}
    assert type(document.value["a"]) is type(value)
    assert document.written["a",] == text.strip("'\"")


@pytest.mark.parametrize("key", ["no", "1", "null", "1.5", "12:30:00"])
def test_keys_that_are_no_text_are_refused(key: str) -> None:
    (error,) = errors_of(f"a: 1\n{key}: 2".encode())
    assert (error.line, error.expected) == (2, "text as a key")
    assert read(f"'{key}': 2".encode()).value == {key: 2}


@pytest.mark.parametrize("content", [b"? [a]\n: 1", b"{{a: 1}: 2}"])
def test_lists_and_mappings_are_no_keys(content: bytes) -> None:
    assert "keys are text" in str(errors_of(content)[0].hint)


def test_depth_is_allowed_up_to_the_limit() -> None:
    assert read(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH).value
    assert "nested deeper" in str(errors_of(b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2))[0].hint)


def test_syntax_errors_name_their_line() -> None:
    (error,) = errors_of(b"a: 1\nb: [1, 2\nc: 3\n")
    assert error.line == 3


@pytest.mark.parametrize("content", [b"a: \xff", b"a: 1\nb: \x00", b"a: \xc3\x28"])
def test_bytes_that_are_no_text_are_refused(content: bytes) -> None:
    assert errors_of(content)[0].line in (1, 2)


def test_every_key_and_value_keeps_its_line() -> None:
    document = read(b"# first\na: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\ne: |\n  long\n  text\nf:\n  deep\n")
    assert {path: document.line(path) for path in [("a",), ("b",), ("b", 0), ("b", 1, "d"), ("e",), ("f",)]} == {
        ("a",): 2,
        ("b",): 3,
        ("b", 0): 4,
        ("b", 1, "d"): 6,
        ("e",): 7,
        ("f",): 11,
    }
    assert document.key_lines["f",] == 10


def test_the_line_of_what_is_not_there_is_that_of_what_is_around_it() -> None:
    document: Document = read(b"x: 1\na:\n  b: 1\n")
    assert document.line(("a", "missing")) == 2
    assert document.line(("missing",)) == 1


def test_a_byte_order_mark_is_no_error() -> None:
    assert read(b"\xef\xbb\xbfa: 1").value == {"a": 1}
