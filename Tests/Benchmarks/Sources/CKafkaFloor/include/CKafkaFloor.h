// Loops over librdkafka as a good C programmer writes them: the least that a record can cost.
#ifndef CKAFKAFLOOR_H
#define CKAFKAFLOOR_H

/// Appends `records` values of 100 bytes, each with a `traceparent`, to each of the partitions 0 to `partitions` - 1.
/// Returns 0, or librdkafka's error code.
int ckafkafloor_fill(const char *bootstrap, const char *topic, int partitions, long records);

/// A producer that sends `count` values of 100 bytes, each with a `traceparent`, and polls its delivery reports itself.
/// `started` is called when the connections are up; the call returns when every message has its report. Returns 0, or
/// librdkafka's error code.
int ckafkafloor_produce(const char *bootstrap, const char *topic, long count, void (*started)(void));

/// A consumer that reads `count` records from the beginning of the partitions 0 to `partitions` - 1 and looks up the
/// `traceparent` of each. `started` is called with the first record. Returns 0, or librdkafka's error code.
int ckafkafloor_consume(const char *bootstrap, const char *topic, int partitions, long count, void (*started)(void));

#endif
