internal import ContextLog

/// The lines of the clients: librdkafka's own and ours.
enum ClientLog {
    static let producer = Log("kafka.producer")
    static let consumer = Log("kafka.consumer")
    private static let librdkafka = Log("kafka.librdkafka")

    /// A line of librdkafka's, at the syslog level that it chose.
    static func line(level: Int32, client: String?, facility: String?, text: String) {
        librdkafka.log(LogLevel(syslog: level), text) { fields in
            fields.client = client
            fields.facility = facility
        }
    }
}

extension LogLevel {
    /// The level for one of syslog, 0 (emergency) to 7 (debug).
    init(syslog level: Int32) {
        self =
            switch level {
            case ...2: .critical
            case 3: .error
            case 4: .warning
            case 5: .notice
            case 6: .info
            default: .debug
            }
    }
}
