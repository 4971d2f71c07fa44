/// How to reach a cluster: what producers, consumers and admin clients share.
///
///     var configuration = KafkaConfiguration(bootstrapServers: ["kafka:9092"])
///     configuration.properties["socket.keepalive.enable"] = "true"
///
/// The typed members are those that are wanted most. Every property of librdkafka can be set through ``properties``,
/// and stands above the typed ones. A wrong name or value is an error in librdkafka's own words when the client is
/// made, or earlier with ``KafkaProducerConfiguration/validate()`` and its siblings.
public struct KafkaConfiguration: Hashable, Sendable {
    /// `host:port` of some brokers; the others are learnt from them.
    public var bootstrapServers: [String]

    /// How the connection is secured.
    public var securityProtocol: SecurityProtocol

    /// The name of this client in the brokers' logs and quotas; nil is librdkafka's own, `rdkafka`.
    public var clientID: String?

    /// librdkafka's properties by name, above everything else.
    public var properties: [String: String]

    /// A cluster with these brokers.
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

    /// Throws what librdkafka has against it.
    public func validate() throws(KafkaError) {
        _ = try NativeConfiguration(nativeProperties)
    }

    /// In the order in which they are set: later ones win.
    var nativeProperties: [NativeConfiguration.Property] {
        var list: [NativeConfiguration.Property] = [
            ("bootstrap.servers", bootstrapServers.joined(separator: ",")),
            // As Java's clients have it. With Nagle's algorithm each TLS request, which is several writes, waits 40 ms
            // for the broker's delayed acknowledgement; batches are what `linger` is for.
            ("socket.nagle.disable", "true"),
        ]
        if let clientID { list.append(("client.id", clientID)) }
        list += securityProtocol.nativeProperties
        list += properties.sortedProperties
        return list
    }
}
