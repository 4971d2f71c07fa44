internal import ContextPropagation

extension KafkaConfiguration {
    /// Reads the configuration of a cluster from the environment of the process.
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `KAFKA_BOOTSTRAP_SERVERS` | `host:port`, or several separated by commas; required |
    /// | `KAFKA_CLIENT_ID` | ``clientID`` |
    /// | `KAFKA_SECURITY_PROTOCOL` | `PLAINTEXT` (default), `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`, in any case |
    /// | `KAFKA_SASL_MECHANISM` | `PLAIN` (default), `SCRAM-SHA-256`, `SCRAM-SHA-512` or another of librdkafka's |
    /// | `KAFKA_SASL_USERNAME`, `KAFKA_SASL_PASSWORD` | the credentials |
    /// | `KAFKA_SSL_CA_LOCATION` | a file or folder with the certificates of authorities, in PEM |
    /// | `KAFKA_SSL_CERTIFICATE_LOCATION`, `KAFKA_SSL_KEY_LOCATION`, `KAFKA_SSL_KEY_PASSWORD` | this client's certificate |
    /// | `KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM` | `https` (default) or `none` |
    ///
    /// An empty variable counts as unset.
    ///
    /// - Throws: ``KafkaError/Code/configuration`` for a value that cannot be used. The error names the variable and
    ///   the choices.
    public static func fromEnvironment() throws(KafkaError) -> KafkaConfiguration {
        try KafkaConfiguration(Platform.environmentVariable)
    }

    /// Reads the configuration of a cluster from these variables; see ``fromEnvironment()``.
    ///
    ///     try KafkaConfiguration(environment: ["KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"])
    public init(environment: [String: String]) throws(KafkaError) {
        try self.init { environment[$0] }
    }

    private init(_ variable: (String) -> String?) throws(KafkaError) {
        func value(_ name: String) -> String? {
            variable(name).flatMap { $0.isEmpty ? nil : $0 }
        }

        let servers = (value("KAFKA_BOOTSTRAP_SERVERS") ?? "").split(separator: ",").map(trimmed).filter { !$0.isEmpty }
        guard !servers.isEmpty else {
            throw KafkaError(
                .configuration,
                "names no broker",
                subject: "KAFKA_BOOTSTRAP_SERVERS",
                hint: "Set it to host:port, or to several separated by commas"
            )
        }
        self.init(bootstrapServers: servers, clientID: value("KAFKA_CLIENT_ID"))

        var tls = TLS()
        tls.caLocation = value("KAFKA_SSL_CA_LOCATION")
        tls.certificateLocation = value("KAFKA_SSL_CERTIFICATE_LOCATION")
        tls.keyLocation = value("KAFKA_SSL_KEY_LOCATION")
        tls.keyPassword = value("KAFKA_SSL_KEY_PASSWORD")
        if let algorithm = value("KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM") {
            switch algorithm.lowercased() {
            case "https": tls.isHostnameVerified = true
            case "none": tls.isHostnameVerified = false
            default:
                throw KafkaError(
                    .configuration,
                    "\"\(algorithm)\" is not one of https, none",
                    subject: "KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM"
                )
            }
        }
        let sasl = SASLMechanism.mechanism(
            value("KAFKA_SASL_MECHANISM") ?? "PLAIN",
            username: value("KAFKA_SASL_USERNAME"),
            password: value("KAFKA_SASL_PASSWORD")
        )
        switch value("KAFKA_SECURITY_PROTOCOL")?.uppercased() {
        case nil:
            for name in ["KAFKA_SASL_MECHANISM", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"] where value(name) != nil
            {
                throw KafkaError(
                    .configuration,
                    "is set, but KAFKA_SECURITY_PROTOCOL is not",
                    subject: name,
                    hint:
                        "Set KAFKA_SECURITY_PROTOCOL to SASL_SSL, or to SASL_PLAINTEXT in a trusted network"
                )
            }
        case "PLAINTEXT": securityProtocol = .plaintext
        case "SSL": securityProtocol = .tls(tls)
        case "SASL_PLAINTEXT": securityProtocol = .saslPlaintext(mechanism: sasl)
        case "SASL_SSL": securityProtocol = .saslTLS(mechanism: sasl, tls: tls)
        case .some(let other):
            throw KafkaError(
                .configuration,
                "\"\(other)\" is not one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL",
                subject: "KAFKA_SECURITY_PROTOCOL"
            )
        }
    }
}

private func trimmed(_ text: Substring) -> String {
    let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    var text = text.drop(while: blank)
    while let last = text.last, blank(last) { text.removeLast() }
    return String(text)
}
