internal import ContextLog

/// The labels under which the clients log.
enum ClientLog {
    static let producer = Log("kafka.producer")
    static let consumer = Log("kafka.consumer")
}
