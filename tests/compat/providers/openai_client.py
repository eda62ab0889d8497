"""The OpenAI client is made once, when the module is imported, and kept."""

from openai import OpenAI

client = OpenAI()


def call_api(prompt, options, context):
    answer = client.chat.completions.create(
        model=options["config"].get("model", "gpt-4o-mini"),
        messages=[{"role": "system", "content": "Shout."}, {"role": "user", "content": prompt}],
    )
    usage = answer.usage
    return {
        "output": answer.choices[0].message.content,
        "tokenUsage": {
            "total": usage.total_tokens,
            "prompt": usage.prompt_tokens,
            "completion": usage.completion_tokens,
        },
    }
