"""Tests how CI installs Headrace: pip's record of an installation, turned into a line that pip accepts."""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from governance.authoring.scaffolding import Requirement, init_repository
from governance.authoring.scaffolding.requirement import requirement_of

SHA = "0" * 64
WHEEL = "headrace-9.9-py3-none-any.whl"


@pytest.mark.parametrize(
    ("noted", "line"),
    [
        (None, "headrace==9.9"),
        (
            {
                "url": "https://host/r.git",
                "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "5eb1"},
            },
            "headrace @ git+https://host/r.git@5eb1",
        ),
        (
            {"url": f"https://host/{WHEEL}", "archive_info": {"hashes": {"sha256": SHA}}},
            f"headrace @ https://host/{WHEEL}#sha256={SHA}",
        ),
        ({"url": f"https://host/{WHEEL}", "archive_info": {}}, f"headrace @ https://host/{WHEEL}"),
    ],
)
def test_what_an_index_or_an_address_gave_is_asked_there_again(noted: dict[str, Any] | None, line: str) -> None:
    assert requirement_of("9.9", noted) == Requirement(line)


@pytest.mark.parametrize(
    "noted",
    [
        {"dir_info": {"editable": True}},
        {"dir_info": {}},
        {"archive_info": {"hashes": {"sha256": SHA}}},
        {"vcs_info": {"vcs": "git", "commit_id": "5eb1"}},
    ],
)
def test_what_lies_on_this_machine_alone_comes_with_advice(tmp_path: Path, noted: dict[str, Any]) -> None:
    requirement = requirement_of("9.9", {"url": tmp_path.as_uri(), **noted})
    assert (requirement.line, requirement.wheel) == ("headrace==9.9", None)
    assert requirement.advice is not None
    assert f"pip wheel --no-deps -w wheels {tmp_path}" in requirement.advice


@pytest.mark.parametrize("written", ["hash", "nothing"])
def test_an_older_pip_notes_the_digest_elsewhere_or_nowhere(tmp_path: Path, written: str) -> None:
    wheel = tmp_path / WHEEL
    wheel.write_bytes(b"a wheel")
    digest = {"hash": f"sha256={hashlib.sha256(b'a wheel').hexdigest()}"} if written == "hash" else {}
    noted = {"url": wheel.as_uri(), "archive_info": digest}
    assert requirement_of("9.9", noted) == Requirement(f"./wheels/{WHEEL}", wheel=wheel)
    assert requirement_of("9.8", {**noted, "archive_info": {}}).wheel is None
    wheel.write_bytes(b"another")
    assert (requirement_of("9.9", noted).wheel is None) == (written == "hash")


@pytest.mark.usefixtures("programs")
def test_a_wheel_goes_with_the_repository_and_pip_finds_it_there(tmp_path: Path) -> None:
    package = tmp_path / "a package"
    package.mkdir()
    (package / "pyproject.toml").write_text('[project]\nname = "headrace"\nversion = "9.9"\n')
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path / "built wheels")]
    subprocess.run([*build, str(package)], check=True, timeout=120)
    (wheel,) = (tmp_path / "built wheels").iterdir()
    noted = {
        "url": wheel.as_uri(),
        "archive_info": {"hashes": {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}},
    }
    init_repository(tmp_path / "repository", "me@example.com", requirement_of("9.9", noted))
    wheel.unlink()
    install = [*pip, "install", "--no-deps", "--no-index", "--target", str(tmp_path / "site"), "-r", "requirements.txt"]
    subprocess.run(install, check=True, timeout=120, cwd=tmp_path / "repository")
    assert (tmp_path / "site" / "headrace-9.9.dist-info").is_dir()
