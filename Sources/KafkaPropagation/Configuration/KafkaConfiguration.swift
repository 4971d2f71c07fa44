/// The connection to a cluster. Producers, consumers and admin clients share it.
///
///     var configuration = KafkaConfiguration(bootstrapServers: ["kafka:9092"])
///     configuration.properties["socket.keepalive.enable"] = "true"
///
/// The properties of this type are the ones that programs need most. Set any other property of librdkafka through
/// ``properties``, which override the typed ones. A wrong name or value is an error with librdkafka's own text when the
/// client is made. To find it earlier, call ``KafkaProducerConfiguration/validate()`` or its siblings.
public struct KafkaConfiguration: Hashable, Sendable {
    /// The addresses (`host:port`) of some brokers. The client learns the other brokers from them.
    public var bootstrapServers: [String]

    /// The security of the connection.
    public var securityProtocol: SecurityProtocol

    /// The name of this client in the logs and quotas of the brokers. Nil uses librdkafka's default, `rdkafka`.
    public var clientID: String?

    /// Properties of librdkafka by name. They override every other setting.
    ///
    /// `log.queue` must not be true, because ma-logger takes librdkafka's lines from a callback.
    public var properties: [String: String]

    /// Makes a configuration for the cluster of these brokers.
    public init(
        bootstrapServers: [String],
        securityProtocol: SecurityProtocol = .plaintext,
        clientID: String? = nil,
        properties: [String: String] = [:]
    ) {
        self.bootstrapServers = bootstrapServers
        self.securityProtocol = securityProtocol
        self.clientID = clientID
        self.properties = properties
    }

    /// Checks every property, without a broker.
    ///
    /// - Throws: ``KafkaError/Code/configuration`` for the first property that librdkafka or ma-logger refuses.
    public func validate() throws(KafkaError) {
        _ = try NativeConfiguration(nativeProperties)
    }

    /// librdkafka's properties in the order in which they are set. A later value overrides an earlier one.
    var nativeProperties: [NativeConfiguration.Property] { typedProperties + properties.sortedProperties }

    /// The properties by name of the connection and of a client, in the order in which they are set after the typed
    /// ones. They override those.
    func overrides(with properties: [String: String]) -> [NativeConfiguration.Property] {
        self.properties.sortedProperties + properties.sortedProperties
    }

    /// The properties of every other setting. A property is set only once, because librdkafka would register the
    /// interceptors of a plugin twice.
    var typedProperties: [NativeConfiguration.Property] {
        var list: [NativeConfiguration.Property] = [
            ("bootstrap.servers", bootstrapServers.joined(separator: ",")),
            // The Java client does the same. With Nagle's algorithm each TLS request, which is several writes, waits 40
            // ms for the broker's delayed acknowledgement. `linger` is the setting that makes batches.
            ("socket.nagle.disable", "true"),
        ]
        if let clientID { list.append(("client.id", clientID)) }
        list += securityProtocol.nativeProperties
        return list
    }
}
