#include "CKafkaFloor.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char traceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
static char value[100];

static void set(rd_kafka_conf_t *configuration, const char *name, const char *text) {
    char error[512];
    if (rd_kafka_conf_set(configuration, name, text, error, sizeof error) == RD_KAFKA_CONF_OK) return;
    fprintf(stderr, "%s\n", error);
    exit(1);
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *configuration, const char *bootstrap) {
    char error[512];
    set(configuration, "bootstrap.servers", bootstrap);
    rd_kafka_t *client = rd_kafka_new(type, configuration, error, sizeof error);
    if (client) return client;
    fprintf(stderr, "%s\n", error);
    exit(1);
}

static void reported(rd_kafka_t *producer, const rd_kafka_message_t *message, void *failure) {
    (void)producer;
    if (message->err) *(int *)failure = message->err;
}

static rd_kafka_t *producer(const char *bootstrap, int *failure) {
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    set(configuration, "linger.ms", "5");
    set(configuration, "batch.num.messages", "10000");
    set(configuration, "queue.buffering.max.messages", "1000000");
    set(configuration, "queue.buffering.max.kbytes", "1048576");
    set(configuration, "acks", "1");
    rd_kafka_conf_set_opaque(configuration, failure);
    rd_kafka_conf_set_dr_msg_cb(configuration, reported);
    memset(value, 'v', sizeof value);
    return client(RD_KAFKA_PRODUCER, configuration, bootstrap);
}

static int send_to(rd_kafka_t *producer, const char *topic, int partition) {
    rd_kafka_resp_err_t error;
    while ((error = rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(value, sizeof value),
                                      RD_KAFKA_V_HEADER("traceparent", traceparent, sizeof traceparent - 1),
                                      RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(producer, 5);
    return error;
}

static int finish(rd_kafka_t *producer, int *failure, int error) {
    if (!error) error = rd_kafka_flush(producer, 120000);
    rd_kafka_destroy(producer);
    return error ? error : *failure;
}

int ckafkafloor_fill(const char *bootstrap, const char *topic, int partitions, long records) {
    int failure = 0, error = 0;
    rd_kafka_t *p = producer(bootstrap, &failure);
    for (int partition = 0; partition < partitions && !error; partition++)
        for (long i = 0; i < records && !error; i++) {
            error = send_to(p, topic, partition);
            if (i % 1024 == 0) rd_kafka_poll(p, 0);
        }
    return finish(p, &failure, error);
}

int ckafkafloor_produce(const char *bootstrap, const char *topic, long count, void (*started)(void)) {
    int failure = 0, error = 0;
    rd_kafka_t *p = producer(bootstrap, &failure);
    for (int partition = 0; partition < 8 && !error; partition++) error = send_to(p, topic, partition);
    if (!error) error = rd_kafka_flush(p, 30000);
    started();
    for (long i = 0; i < count && !error; i++) {
        error = send_to(p, topic, i % 8);
        if (i % 1024 == 0) rd_kafka_poll(p, 0);
    }
    return finish(p, &failure, error);
}

int ckafkafloor_consume(const char *bootstrap, const char *topic, int partitions, long count, void (*started)(void)) {
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    set(configuration, "group.id", "floor");
    set(configuration, "enable.auto.commit", "false");
    set(configuration, "enable.auto.offset.store", "false");
    set(configuration, "fetch.wait.max.ms", "10");
    set(configuration, "queued.min.messages", "1000000");
    set(configuration, "queued.max.messages.kbytes", "1048576");
    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, configuration, bootstrap);
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int partition = 0; partition < partitions; partition++)
        rd_kafka_topic_partition_list_add(list, topic, partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);

    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
    rd_kafka_message_t *messages[1000];
    long seen = 0;
    volatile unsigned char sink = 0;
    int error = 0;
    while (seen < count && !error) {
        // Waits for the first record and takes the others that are available. A batch call alone waits until it is
        // full.
        messages[0] = rd_kafka_consumer_poll(consumer, 100);
        if (!messages[0]) continue;
        ssize_t more = rd_kafka_consume_batch_queue(queue, 0, messages + 1, 999);
        for (ssize_t i = 0; i < 1 + (more > 0 ? more : 0); i++) {
            if (messages[i]->err) {
                if (messages[i]->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) error = messages[i]->err;
            } else {
                if (seen++ == 0) started();
                rd_kafka_headers_t *headers;
                const void *header;
                size_t size;
                if (!rd_kafka_message_headers(messages[i], &headers) &&
                    !rd_kafka_header_get_last(headers, "traceparent", &header, &size))
                    sink += *(const unsigned char *)header;
            }
            rd_kafka_message_destroy(messages[i]);
        }
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return error;
}
