"""attrs classes with validators and slots, turned into dicts."""

import attrs


@attrs.define
class Answer:
    text: str = attrs.field(validator=attrs.validators.instance_of(str))
    length: int = attrs.field(init=False)

    def __attrs_post_init__(self):
        self.length = len(self.text)


def call_api(prompt, options, context):
    return {"output": attrs.asdict(Answer(prompt))}
