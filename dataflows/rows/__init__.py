"""Feature rows: assembled, validated and encoded for each output."""

from dataflows.rows.assembler import Assembler, FeatureRows
from dataflows.rows.encoders import HashEncoder, RecordEncoder, avro_record
from dataflows.rows.row_limit import RowLimit
from dataflows.rows.validator import Checked, Checks, profiled_as, words_of

__all__ = [
    "Assembler",
    "Checked",
    "Checks",
    "FeatureRows",
    "HashEncoder",
    "RecordEncoder",
    "RowLimit",
    "avro_record",
    "profiled_as",
    "words_of",
]
