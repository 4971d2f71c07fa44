// Loops over librdkafka as a good C programmer writes them. They show the lowest cost of a record.
#ifndef CKAFKAFLOOR_H
#define CKAFKAFLOOR_H

/// Appends `records` values of 100 bytes, each with a `traceparent`, to each of the partitions 0 to `partitions` - 1.
/// Returns 0, or librdkafka's error code.
int ckafkafloor_fill(const char *bootstrap, const char *topic, int partitions, long records);

/// Runs a producer that sends `count` values of 100 bytes, each with a `traceparent`, and polls its own delivery
/// reports. It calls `started` when the connections are up, and returns when every message has its report. Returns 0,
/// or librdkafka's error code.
int ckafkafloor_produce(const char *bootstrap, const char *topic, long count, void (*started)(void));

/// Runs a consumer that reads `count` records from the beginning of the partitions 0 to `partitions` - 1 and looks up
/// the `traceparent` of each. It calls `started` at the first record. Returns 0, or librdkafka's error code.
int ckafkafloor_consume(const char *bootstrap, const char *topic, int partitions, long count, void (*started)(void));

#endif
