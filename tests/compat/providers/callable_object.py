"""The function is an object with __call__ and state."""


class Provider:
    def __init__(self):
        self.prompts = []

    def __call__(self, prompt, options, context):
        self.prompts.append(prompt)
        return {"output": len(self.prompts)}


call_api = Provider()
