"""Sums the units on Tollgate's records topic and the amounts on its invoices topic. It reads up to the present ends of both.

    pip install kafka-python protobuf grpcio-tools
    python -m grpc_tools.protoc -I proto --python_out=generated tollgate/usage/v1/records.proto tollgate/usage/v1/usage.proto \
        tollgate/billing/v1/records.proto tollgate/billing/v1/billing.proto tollgate/control/v1/access.proto
    PYTHONPATH=generated python consumer.py 127.0.0.1:9092
"""

import json
import sys
from collections import defaultdict
from decimal import Decimal

from kafka import KafkaConsumer, TopicPartition
from tollgate.billing.v1.billing_pb2 import INVOICE_KIND_CREDIT_NOTE
from tollgate.billing.v1.records_pb2 import InvoiceRecord
from tollgate.usage.v1.records_pb2 import UsageRecord


def read_records(broker: str, topic: str, kind):
    """Of each key, the record with the highest revision: others are older, or repeated."""
    consumer = KafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False, isolation_level="read_committed")
    partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic)]
    ends = consumer.end_offsets(partitions)
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    records = {}
    while any(consumer.position(partition) < end for partition, end in ends.items()):
        for messages in consumer.poll(timeout_ms=500).values():
            for message in messages:
                record = kind.FromString(message.value)
                known = records.get(message.key)
                if known is None or record.revision > known.revision:
                    records[message.key] = record
    consumer.close()
    return records.values()


def main(broker: str) -> None:
    usage, lines, due = defaultdict(int), {}, defaultdict(int)
    for record in read_records(broker, "tollgate.records.v1", UsageRecord):
        if record.free_reason == 0:
            usage[f"{record.api_key_id}/{record.meter}"] += record.units
    for record in read_records(broker, "tollgate.invoices.v1", InvoiceRecord):
        invoice = record.invoice
        # Amounts are text: Decimal is exact.
        micros = int(Decimal(invoice.total) * 1_000_000)
        is_credit = invoice.kind == INVOICE_KIND_CREDIT_NOTE
        due[invoice.currency] += -micros if is_credit else micros
        if not is_credit:
            lines.update({f"{invoice.number}/{line.id}": line.quantity for line in invoice.lines if line.kind == "USAGE"})
    print(json.dumps({"usage": usage, "lines": lines, "dueMicros": due}))


main(sys.argv[1])
