"""Prompts made by functions."""


def chat(context):
    name, config = context["vars"]["name"], context["config"]
    return [
        {"role": "system", "content": f"You speak {config.get('language', 'English')}."},
        {"role": "user", "content": f"Greet {name} 👋 for {context['provider']['label']}"},
    ]


def text(context):
    return f"Greet {context['vars']['name']} in a text"
