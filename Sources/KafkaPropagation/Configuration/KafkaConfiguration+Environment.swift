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
    /// An empty variable counts as unset. A value must be UTF-8. A variable that the protocol does not use is an error:
    /// with `KAFKA_SSL_CA_LOCATION` and no `KAFKA_SECURITY_PROTOCOL`, for example, the connection would not be
    /// encrypted.
    ///
    /// - Throws: ``KafkaError/Code/configuration`` for a value that cannot be used, and for a variable that would be
    ///   ignored. The error names the variable and the choices.
    public static func fromEnvironment() throws(KafkaError) -> KafkaConfiguration {
        try KafkaConfiguration { name throws(KafkaError) in
            guard let bytes = Platform.environmentBytes(name) else { return nil }
            if let text = String(validating: bytes, as: UTF8.self) { return text }
            // The value may be a password, so it is not told.
            throw KafkaError(
                .configuration,
                "has a value that is not UTF-8",
                subject: name,
                hint: "Set \(name) to a text in UTF-8"
            )
        }
    }

    /// Reads the configuration of a cluster from these variables; see ``fromEnvironment()``.
    ///
    ///     try KafkaConfiguration(environment: ["KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"])
    public init(environment: [String: String]) throws(KafkaError) {
        try self.init { name in environment[name] }
    }

    private typealias Variables = (_ name: String) throws(KafkaError) -> String?

    private init(_ variable: Variables) throws(KafkaError) {
        func value(_ name: String) throws(KafkaError) -> String? {
            try variable(name).flatMap { $0.isEmpty ? nil : $0 }
        }

        let servers = try value("KAFKA_BOOTSTRAP_SERVERS") ?? ""
        try BrokerAddress.check(servers, subject: "KAFKA_BOOTSTRAP_SERVERS")
        self.init(
            bootstrapServers: servers.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty },
            clientID: try value("KAFKA_CLIENT_ID")
        )

        let security = try SecurityProtocolName(try value("KAFKA_SECURITY_PROTOCOL"))
        try security.checkUse(of: value)
        let tls = try Self.tls(value)
        let sasl = SASLMechanism.mechanism(
            try value("KAFKA_SASL_MECHANISM") ?? "PLAIN",
            username: try value("KAFKA_SASL_USERNAME"),
            password: try value("KAFKA_SASL_PASSWORD")
        )
        securityProtocol =
            switch security {
            case .plaintext, .unset: .plaintext
            case .tls: .tls(tls)
            case .saslPlaintext: .saslPlaintext(mechanism: sasl)
            case .saslTLS: .saslTLS(mechanism: sasl, tls: tls)
            }
    }

    private static func tls(_ value: Variables) throws(KafkaError) -> TLS {
        var tls = TLS(
            caLocation: try value("KAFKA_SSL_CA_LOCATION"),
            certificateLocation: try value("KAFKA_SSL_CERTIFICATE_LOCATION"),
            keyLocation: try value("KAFKA_SSL_KEY_LOCATION"),
            keyPassword: try value("KAFKA_SSL_KEY_PASSWORD")
        )
        let name = "KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM"
        guard let algorithm = try value(name) else { return tls }
        switch algorithm.lowercased() {
        case "https": tls.isHostnameVerified = true
        case "none": tls.isHostnameVerified = false
        default: throw KafkaError(.configuration, "\"\(algorithm)\" is not one of https, none", subject: name)
        }
        return tls
    }
}

/// The value of `KAFKA_SECURITY_PROTOCOL`, and the variables that it uses.
private enum SecurityProtocolName {
    case unset
    case plaintext
    case tls
    case saslPlaintext
    case saslTLS

    private static let variable = "KAFKA_SECURITY_PROTOCOL"

    private static let saslVariables = ["KAFKA_SASL_MECHANISM", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"]

    private static let tlsVariables = [
        "KAFKA_SSL_CA_LOCATION", "KAFKA_SSL_CERTIFICATE_LOCATION", "KAFKA_SSL_KEY_LOCATION", "KAFKA_SSL_KEY_PASSWORD",
        "KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM",
    ]

    init(_ value: String?) throws(KafkaError) {
        switch value?.uppercased() {
        case nil: self = .unset
        case "PLAINTEXT": self = .plaintext
        case "SSL": self = .tls
        case "SASL_PLAINTEXT": self = .saslPlaintext
        case "SASL_SSL": self = .saslTLS
        case .some:
            throw KafkaError(
                .configuration,
                "\"\(value ?? "")\" is not one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL",
                subject: Self.variable
            )
        }
    }

    private var usesSASL: Bool { self == .saslPlaintext || self == .saslTLS }

    private var usesTLS: Bool { self == .tls || self == .saslTLS }

    /// Why the protocol uses no other variables.
    private var reason: String {
        switch self {
        case .unset: "\(Self.variable) is not, so the connection would use neither TLS nor a password"
        case .plaintext: "\(Self.variable) is PLAINTEXT, which does not use it"
        case .tls: "\(Self.variable) is SSL, which does not use it"
        case .saslPlaintext: "\(Self.variable) is SASL_PLAINTEXT, which does not use it"
        case .saslTLS: "\(Self.variable) is SASL_SSL, which does not use it"
        }
    }

    private static func firstSet(
        of names: [String],
        _ value: (String) throws(KafkaError) -> String?
    ) throws(KafkaError) -> String? {
        for name in names where try value(name) != nil { return name }
        return nil
    }

    /// Throws if a variable is set that this protocol ignores. A connection that is less secure than the settings say
    /// would be worse than none.
    func checkUse(of value: (String) throws(KafkaError) -> String?) throws(KafkaError) {
        let sasl = try Self.firstSet(of: Self.saslVariables, value)
        let tls = try Self.firstSet(of: Self.tlsVariables, value)
        let ignored = (usesSASL ? nil : sasl) ?? (usesTLS ? nil : tls)
        guard let ignored else { return }
        let choices =
            if sasl != nil && tls != nil {
                "SASL_SSL"
            } else if sasl != nil {
                "SASL_SSL or SASL_PLAINTEXT"
            } else {
                "SSL or SASL_SSL"
            }
        throw KafkaError(
            .configuration,
            "is set, but \(reason)",
            subject: ignored,
            hint: "Set \(Self.variable) to \(choices), or remove \(ignored)"
        )
    }
}

extension KafkaConfiguration {
    /// The variables behind librdkafka's properties, for those whose values it checks only when it makes a client. Its
    /// texts call the mechanism "SASL mechanism".
    private static let variables = [
        ("sasl.username", "KAFKA_SASL_USERNAME"), ("sasl.password", "KAFKA_SASL_PASSWORD"),
        ("SASL mechanism", "KAFKA_SASL_MECHANISM"), ("sasl.mechanism", "KAFKA_SASL_MECHANISM"),
        ("security.protocol", "KAFKA_SECURITY_PROTOCOL"), ("ssl.ca.location", "KAFKA_SSL_CA_LOCATION"),
        ("ssl.certificate.location", "KAFKA_SSL_CERTIFICATE_LOCATION"),
        ("ssl.key.location", "KAFKA_SSL_KEY_LOCATION"), ("ssl.key.password", "KAFKA_SSL_KEY_PASSWORD"),
    ]

    /// Names the variables whose properties an error text of librdkafka mentions; nil if it mentions none.
    static func variablesHint(_ message: String) -> String? {
        var names: [String] = []
        for (text, name) in variables where message.contains(text) && !names.contains(name) { names.append(name) }
        return names.isEmpty ? nil : "In the environment: \(names.joined(separator: ", "))"
    }
}
