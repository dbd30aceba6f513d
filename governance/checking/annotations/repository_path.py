"""Returns paths of files as code hosts use them: from the root of their repository."""

from pathlib import Path


def repository_path(file: Path) -> str:
    """Returns the path from the nearest folder with `.git`, else from the working folder, with forward slashes.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     (Path(folder) / ".git").mkdir()
    ...     repository_path(Path(folder) / "features" / "a.yaml")
    'features/a.yaml'
    """
    absolute = file.absolute()
    root = next((folder for folder in absolute.parents if (folder / ".git").exists()), Path.cwd())
    return (absolute.relative_to(root) if absolute.is_relative_to(root) else absolute).as_posix()
