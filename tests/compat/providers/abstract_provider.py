"""A base class with abstract methods, a subclass, and a bound method as the function."""

import abc


class Base(abc.ABC):
    def __call__(self, prompt, options, context):
        return {"output": self.complete(self.clean(prompt))}

    def clean(self, prompt):
        return prompt.strip()

    @abc.abstractmethod
    def complete(self, text): ...


class Shouting(Base):
    def complete(self, text):
        return super().clean(text).upper()


call_api = Shouting().__call__
