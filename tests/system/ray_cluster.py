"""Two Ray nodes on loopback, in a process of their own: prints the address, loses a node at "lose", ends with stdin."""

from __future__ import annotations

import os
import sys

os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # nothing listens beyond this machine
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

from ray.cluster_utils import Cluster

STORE_BYTES = 100 * 2**20
NOTICE_SOON = {"health_check_initial_delay_ms": 500, "health_check_period_ms": 500, "health_check_failure_threshold": 3}


def main() -> None:
    """Run until stdin ends."""
    head = {
        "num_cpus": 1,
        "include_dashboard": False,
        "object_store_memory": STORE_BYTES,
        "_system_config": NOTICE_SOON,
    }
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        second = cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
        _say(cluster.address)
        for line in sys.stdin:
            if line.strip() == "lose":
                cluster.remove_node(second, allow_graceful=False)
                _say("lost")
    finally:
        cluster.shutdown()


def _say(word: str) -> None:
    sys.stdout.write(f"cluster: {word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
