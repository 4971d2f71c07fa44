extension KafkaMessage {
    /// A record as a message to another topic: its key, value and headers, to be changed and sent on.
    ///
    ///     var message = KafkaMessage(topic: "detections", forwarding: record)
    ///     message.value = detections
    ///     try await record.withContext { try await producer.send(message) }
    ///
    /// The partition and the timestamp are not taken over. Nor is the context: the sending code's goes with the
    /// message, as with any other, and replaces the trace in the headers.
    public init(topic: String, forwarding record: KafkaRecord) {
        self.init(topic: topic, key: record.key, value: record.value, headers: record.headers)
    }
}
