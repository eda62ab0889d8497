"""faulthandler is enabled by the script, and told to dump later."""

import faulthandler

faulthandler.enable()
faulthandler.dump_traceback_later(30, exit=True)


def call_api(prompt, options, context):
    faulthandler.cancel_dump_traceback_later()
    faulthandler.dump_traceback_later(30, exit=True)
    return {"output": faulthandler.is_enabled()}
