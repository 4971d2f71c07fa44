extension KafkaMessage {
    /// Makes a message for another topic from the key, value and headers of a record. Change it and send it.
    ///
    ///     var message = KafkaMessage(topic: "detections", forwarding: record)
    ///     message.value = detections
    ///     try await record.withContext { try await producer.send(message) }
    ///
    /// The message does not keep the partition and the timestamp of the record. Its context is the context of the code
    /// that sends it, as for every message, and replaces the trace in the headers.
    public init(topic: String, forwarding record: KafkaRecord) {
        self.init(topic: topic, key: record.key, value: record.value, headers: record.headers)
    }
}
