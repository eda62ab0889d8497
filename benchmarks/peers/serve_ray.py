"""Ray Serve, one replica: serve_ray.py SCRIPT PORT."""

import signal
import sys

import chat
import ray
from ray import serve
from starlette.requests import Request

AT_ONCE = 2_000
LOGGING = {"enable_access_log": False, "log_level": "WARNING"}


@serve.deployment(num_replicas=1, max_ongoing_requests=AT_ONCE, ray_actor_options={"num_cpus": 0})
class Provider:
    def __init__(self, script):
        self.call_api = chat.load(script)

    async def __call__(self, request: Request):
        return await chat.respond(self.call_api, request)


if __name__ == "__main__":
    ray.init(
        include_dashboard=False,
        log_to_driver=False,
        num_cpus=2,
        object_store_memory=100 << 20,
        _node_ip_address="127.0.0.1",
    )
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[2])}, logging_config=LOGGING)
    serve.run(Provider.bind(sys.argv[1]), route_prefix=chat.PATH, logging_config=LOGGING)
    signal.sigwait([signal.SIGTERM, signal.SIGINT])
    ray.shutdown()
