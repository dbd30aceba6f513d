"""Signature and help of `headrace test`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import AsJson

if TYPE_CHECKING:
    from cli.handlers.authoring.definition_test_options import DefinitionTestOptions


def test(
    names: Annotated[list[str] | None, typer.Argument(help="Features to test.", show_default="all")] = None,
    as_json: AsJson = False,
    fuzz: Annotated[
        bool, typer.Option("--fuzz", help="Check laws on generated events instead of running tests.")
    ] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of --fuzz.", show_default="a random one")] = None,
    examples: Annotated[int, typer.Option(min=1, help="Number of examples per law with --fuzz.")] = 30,
    laws: Annotated[
        list[str] | None, typer.Option("--law", help="Law to check with --fuzz. Repeatable.", show_default="all")
    ] = None,
    suggest: Annotated[
        str | None, typer.Option(help="Write a test of this feature from real events of the entity in --entity.")
    ] = None,
    entity: Annotated[str | None, typer.Option(help="Entity id for --suggest.")] = None,
    at: Annotated[
        str | None,
        typer.Option(help="Time of the expected value for --suggest.", show_default="after the newest event"),
    ] = None,
    events: Annotated[
        list[str] | None,
        typer.Option(
            help="JSON Lines file for --suggest, or SOURCE=FILE. Repeatable.", show_default="topics and archive"
        ),
    ] = None,
    hash_ids: Annotated[bool, typer.Option("--hash-ids", help="With --suggest, replace entity ids by hashes.")] = False,
) -> None:
    """Run the tests in the definitions. Each test gives events, a time and the value that is expected at this time.

    Test events take the same path as live events: decoding, filters, kernels and rows. The command needs neither a
    broker nor Redis.

    With --suggest, the command writes a test from a few real events of an entity into the file of the feature, with
    the columns that the feature reads. Headrace computes the expected value: check it before you rely on it.

    With --fuzz, the command checks the laws of each definition on generated events: order, batches, late, duplicates,
    expiry, replay, computes and rules. It reduces a counterexample to the fewest events and prints it as a test.

    Examples:

      headrace test

      headrace test user_spend_1h --json | jq '.results[] | select(.passed | not)'

      headrace test --suggest user_spend_1h --entity u42 --at 2026-01-31T12:00:00Z --hash-ids

      headrace test --fuzz user_spend_1h --seed 7

    Exit code: 0 all tests passed, all laws hold, or the test was written; 1 a test failed, a law is broken, or a
    definition is invalid; 2 an argument is invalid; 3 the broker is unreachable.
    """
    from cli.handlers.authoring.definition_test_options import DefinitionTestOptions

    options = DefinitionTestOptions(
        names=tuple(names or ()),
        as_json=as_json,
        fuzz=fuzz,
        seed=seed,
        examples=examples,
        laws=tuple(laws or ()),
        suggest=suggest,
        entity=entity,
        at=at,
        events=tuple(events or ()),
        hash_ids=hash_ids,
    )
    options.expect_clear()
    _call_handler(options)


def _call_handler(options: "DefinitionTestOptions") -> None:
    """Imports and calls only the requested handler."""
    if options.fuzz:
        from cli.handlers.authoring import fuzz as laws_command

        laws_command.fuzz(options)
    elif options.suggest:
        from cli.handlers.authoring import suggest as suggest_command

        suggest_command.suggest(options)
    else:
        from cli.handlers.authoring import test as command

        command.test(options)
