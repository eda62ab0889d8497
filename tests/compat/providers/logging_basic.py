"""logging.basicConfig is called when the module is imported, and everything is logged."""

import logging
import sys

logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
log = logging.getLogger(__name__)


def call_api(prompt, options, context):
    log.info("asked %r", prompt)
    try:
        raise ValueError("logged only")
    except ValueError:
        log.exception("failed")
    return {"output": [prompt, log.getEffectiveLevel(), len(logging.getLogger().handlers)]}
