"""The locale is changed when the module is imported; numbers in results must not follow it."""

import locale

locale.setlocale(locale.LC_ALL, "C")
for name in ("de_DE.UTF-8", "fr_FR.UTF-8", ""):
    try:
        locale.setlocale(locale.LC_ALL, name)
        break
    except locale.Error:
        pass


def call_api(prompt, options, context):
    return {"output": [float(prompt), 1e-7, [0.5] * 3]}
