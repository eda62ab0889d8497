"""What is shown of Ray's errors."""

from provider_host.ray._reason import MAX_LENGTH, reason_of


class ActorDiedError(Exception):
    pass


def test_fields_colours_and_advice_are_left_out():
    text = (
        "The actor died unexpectedly before finishing this task.\n\tclass_name: HostActor\n\tactor_id: 04d6\n"
        "\tpid: 25221\n\tnamespace: be5f\n\tip: 192.0.2.2\nThe actor is dead because its worker process has died. "
        "Worker exit type: SYSTEM_ERROR Worker exit detail: \x1b[36mWorker\x1b[39m unexpectedly exits. "
        "Some common causes include: (1) the process was killed\n by the OOM killer"
    )
    assert reason_of(ActorDiedError(text)) == (
        "ActorDiedError: The actor is dead because its worker process has died. Worker unexpectedly exits."
    )


def test_long_texts_are_cut_and_empty_ones_have_a_name():
    assert len(reason_of(ValueError("x" * 10_000))) <= MAX_LENGTH + 20
    assert reason_of(ValueError()) == "ValueError"
