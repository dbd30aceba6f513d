"""Files of one partition are copied from one topic: positions of another one may be the same."""

import pyarrow.parquet as pq

from connectors.archive.errors import ArchiveDamaged
from connectors.archive.file_facts import topic_id


class SameTopic:
    """Compares the ids of topics from file to file; one that nobody knew is not compared."""

    def __init__(self) -> None:
        self._known = ""

    def expect(self, path: str, file: pq.ParquetFile) -> None:
        """Raises ArchiveDamaged when a file is of another topic than those before it."""
        here, known = topic_id(file), self._known
        if known and here and here != known:
            raise ArchiveDamaged(
                f"{path}: copied from the topic with id {here}, the files before it from the one with id {known}; "
                "hint: restore the file of this topic; if the topic was created again in between, move the files of "
                "one of them to another folder"
            )
        self._known = known or here
