"""Counts the calls on Tollgate's usage topic once each, and checks every batch. It reads up to the present end of the topic.

    pip install kafka-python protobuf grpcio-tools
    python -m grpc_tools.protoc -I proto --python_out=generated tollgate/usage/v1/usage.proto tollgate/control/v1/access.proto
    PYTHONPATH=generated python consumer.py 127.0.0.1:9092
"""

import json
import sys
import zlib

from kafka import KafkaConsumer, TopicPartition
from tollgate.usage.v1.usage_pb2 import UsageBatch

TOPIC = "tollgate.usage.v1"
FAR_MS = 300_000


def is_sound(batch: UsageBatch) -> bool:
    """The checksum covers the field "events" as a protocol buffer library encodes it."""
    return zlib.crc32(UsageBatch(events=batch.events).SerializeToString()) == batch.events_crc32


class Counter:
    def __init__(self) -> None:
        self.calls = self.missing = self.damaged = self.early = 0
        # The highest sequence number of each source that was seen: what is not above it was sent again.
        self.seen: dict[str, int] = {}

    def add(self, value: bytes, received_ms: int) -> None:
        batch = UsageBatch.FromString(value)
        if not is_sound(batch):
            self.damaged += 1  # later batches show its events as missing
            return
        seen = self.seen.get(batch.source, 0)
        fresh = [event for event in batch.events if event.seq > seen]
        if fresh:
            self.missing += max(0, batch.first_seq - seen - 1)
            seen = batch.last_seq
        self.calls += len(fresh)
        # Kafka's timestamp is when the broker received the batch: it does not depend on the clock of the node.
        self.early += sum(event.end_time_unix_ms - received_ms > FAR_MS for event in fresh)
        # Without events, a batch says up to where the source will send nothing any more.
        self.missing += max(0, batch.settled_seq - seen)
        self.seen[batch.source] = max(seen, batch.settled_seq)


def main(broker: str) -> None:
    consumer = KafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False)
    partitions = [TopicPartition(TOPIC, n) for n in consumer.partitions_for_topic(TOPIC)]
    ends = consumer.end_offsets(partitions)
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    counter = Counter()
    while any(consumer.position(partition) < end for partition, end in ends.items()):
        for messages in consumer.poll(timeout_ms=500).values():
            for message in messages:
                counter.add(message.value, message.timestamp)
    figures = {name: getattr(counter, name) for name in ("calls", "missing", "damaged", "early")}
    print(json.dumps(figures))


main(sys.argv[1])
