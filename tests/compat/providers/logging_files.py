"""logging.config sets up a rotating file and a queue that a thread of its own empties."""

import atexit
import logging
import logging.config
import logging.handlers
import queue

logging.config.dictConfig(
    {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(levelname)s %(message)s"}},
        "handlers": {
            "file": {
                "class": "logging.handlers.RotatingFileHandler",
                "filename": "provider.log",
                "formatter": "plain",
                "encoding": "utf-8",
            }
        },
        "root": {"level": "INFO", "handlers": ["file"]},
    }
)
records = queue.Queue()
listener = logging.handlers.QueueListener(records, *logging.getLogger().handlers)
listener.start()
atexit.register(listener.stop)
log = logging.getLogger("queued")
log.propagate = False
log.addHandler(logging.handlers.QueueHandler(records))


def call_api(prompt, options, context):
    logging.info("direct %s", prompt)
    log.warning("queued %s", prompt)
    return {"output": prompt}
