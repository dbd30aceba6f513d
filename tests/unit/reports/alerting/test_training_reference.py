"""Tests served values beside those the model was trained on: a constant difference fires too."""

from typing import Any

import numpy as np
import polars as pl

from reports.drift import TrainingReference
from reports.profiling.profile import Profile, kind_of
from tests.support.dataflow.quality.monitored_feature import Course, normals, subject_of
from tests.support.generators.seeds import rng_of

NAME = "data set train.parquet of fraud_v1"


def trained(values: Any, value_type: str = "DOUBLE") -> list[TrainingReference]:
    profile = Profile(kind_of(value_type), 0)
    profile.add(pl.Series(values), ())
    return [TrainingReference(NAME, profile)]


def test_values_that_never_moved_fire_against_what_was_trained() -> None:
    rng = rng_of(1)
    course = Course(subject_of(), trained=trained(normals(rng)()))
    report = course.many(normals(rng, 130), 8)
    assert report.status == "firing" and {score.against for score in report.scores} == {"reference", NAME}
    (alert,) = course.told
    assert (alert.rule, alert.state, alert.windows) == ("drift", "firing", 3)
    assert alert.summary == f"mean 130, 99.2 in {NAME} (+31 %)"
    assert [score.over for score in report.scores if score.against == "reference"] == [False] * 5
    assert all(score.over for score in report.scores if score.against == NAME and score.measure in ("psi", "ks", "w1"))


def test_values_as_trained_are_judged_from_the_first_interval_on() -> None:
    rng = rng_of(2)
    course = Course(subject_of(), trained=trained(normals(rng)()))
    first = course.close(normals(rng)())
    assert first.status == "ok" and first.note.endswith(f"against the {NAME}")
    course.many(normals(rng), 30)
    assert course.statuses() == ["ok"] and not course.told


def test_the_share_of_a_text_is_that_of_the_data_set() -> None:
    rng = rng_of(3)
    before = rng.choice(["DE", "GB", "FR"], 3_000, p=[0.6, 0.3, 0.1])
    course = Course(subject_of("STRING"), trained=trained(before.tolist(), "STRING"))
    course.many(lambda: rng.choice(["DE", "GB", "FR"], 2_000, p=[0.1, 0.3, 0.6]).tolist(), 4)
    (alert,) = course.told
    assert alert.summary.endswith(f" in {NAME}") and alert.usual.startswith(("6", "10", "9"))


def test_nulls_are_compared_with_those_of_the_data_set() -> None:
    rng = rng_of(4)
    course = Course(subject_of(), trained=trained(normals(rng)()))
    values = [None if each < 0 else each for each in np.where(rng.random(2_000) < 0.5, -1.0, 100.0).tolist()]
    report = course.many(lambda: values, 4)
    (nulls,) = [score for score in report.scores if score.measure == "null_ratio" and score.against == NAME]
    assert nulls.over


def test_a_data_set_without_values_is_no_reference() -> None:
    rng = rng_of(5)
    course = Course(subject_of(), trained=trained(pl.Series([None] * 300, dtype=pl.Float64)))
    assert course.many(normals(rng), 6).status == "ok"
    assert {score.against for score in course.reports[-1].scores} == {"reference"}
