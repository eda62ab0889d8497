"""Functions are methods: static, of the class, and of an instance that is kept."""


class Provider:
    """Counts what it answers."""

    made = 0

    def __init__(self, prefix):
        Provider.made += 1
        self.prefix = prefix
        self.answered = 0

    @staticmethod
    def plain(prompt, options, context):
        return {"output": f"plain {prompt}"}

    @classmethod
    def of_class(cls, prompt, options, context):
        return {"output": f"{cls.__name__} {cls.made} {prompt}"}

    def answer(self, prompt, options, context):
        self.answered += 1
        return {"output": f"{self.prefix} {prompt}"}

    async def answer_later(self, prompt, options, context):
        return self.answer(prompt, options, context)


provider = Provider("kept")
call_api = provider.answer
