"""The garbage collector is tuned, frozen, and switched off."""

import gc

gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
gc.disable()


def call_api(prompt, options, context):
    circle = []
    circle.append(circle)
    return {"output": [gc.isenabled(), gc.get_freeze_count() > 0]}
