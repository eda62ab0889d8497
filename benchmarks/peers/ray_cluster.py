"""A Ray cluster of this machine: ray_cluster.py NODES CPUS. Prints its address, and ends with its stdin.

CPUS is what each node says it has, so that all runners find room while only one of them works.
"""

import sys

from ray.cluster_utils import Cluster

MEMORY = 256 << 20  # bytes of each node's object store

if __name__ == "__main__":
    nodes, cpus = map(int, sys.argv[1:])
    cluster = Cluster()
    for _ in range(nodes):
        cluster.add_node(num_cpus=cpus, object_store_memory=MEMORY, include_dashboard=False)
    cluster.wait_for_nodes()
    print(cluster.address, flush=True)
    sys.stdin.read()
    cluster.shutdown()
