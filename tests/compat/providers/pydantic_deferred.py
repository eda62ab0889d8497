"""pydantic models that are built when they are first used, as those of the openai package: it looks at its callers then."""

from pydantic import BaseModel, ConfigDict


class Inner(BaseModel):
    model_config = ConfigDict(defer_build=True)
    a: int = 1


class Outer(BaseModel):
    model_config = ConfigDict(defer_build=True)
    i: Inner


def call_api(prompt, options, context):
    return {"output": Outer.model_validate({"i": {"a": int(prompt)}}).i}
