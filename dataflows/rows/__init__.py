"""Feature rows: assembled, validated and encoded for each output."""

from dataflows.rows.assembler import FeatureRows, RowAssembler, topological_order
from dataflows.rows.encoders import HashEncoder, RecordEncoder, avro_record, record_name, time_to_live
from dataflows.rows.fitting import fitted_series
from dataflows.rows.row_limit import RowLimit
from dataflows.rows.rule_words import identity_of, words_of
from dataflows.rows.validator import RowValidator, ValidatedRows, profiled_as

__all__ = [
    "FeatureRows",
    "HashEncoder",
    "RecordEncoder",
    "RowAssembler",
    "RowLimit",
    "RowValidator",
    "ValidatedRows",
    "avro_record",
    "fitted_series",
    "identity_of",
    "profiled_as",
    "record_name",
    "time_to_live",
    "topological_order",
    "words_of",
]
