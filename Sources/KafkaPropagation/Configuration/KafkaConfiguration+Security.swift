extension KafkaConfiguration {
    /// The security of the connection to the brokers (`security.protocol`).
    public struct SecurityProtocol: Hashable, Sendable {
        private enum Backing: Hashable {
            case plaintext
            case tls(TLS)
            case saslPlaintext(SASLMechanism)
            case saslTLS(SASLMechanism, TLS)
        }

        private let backing: Backing

        private init(_ backing: Backing) {
            self.backing = backing
        }

        /// A connection without encryption and authentication (`PLAINTEXT`).
        public static let plaintext = SecurityProtocol(.plaintext)

        /// An encrypted connection (`SSL`).
        public static func tls(_ configuration: TLS = TLS()) -> SecurityProtocol {
            SecurityProtocol(.tls(configuration))
        }

        /// A connection with authentication and without encryption (`SASL_PLAINTEXT`). Use it only in a trusted
        /// network.
        public static func saslPlaintext(mechanism: SASLMechanism) -> SecurityProtocol {
            SecurityProtocol(.saslPlaintext(mechanism))
        }

        /// A connection with authentication and encryption (`SASL_SSL`).
        public static func saslTLS(mechanism: SASLMechanism, tls: TLS = TLS()) -> SecurityProtocol {
            SecurityProtocol(.saslTLS(mechanism, tls))
        }

        var nativeProperties: [NativeConfiguration.Property] {
            switch backing {
            case .plaintext: []
            case .tls(let tls): [("security.protocol", "ssl")] + tls.nativeProperties
            case .saslPlaintext(let sasl): [("security.protocol", "sasl_plaintext")] + sasl.nativeProperties
            case .saslTLS(let sasl, let tls):
                [("security.protocol", "sasl_ssl")] + sasl.nativeProperties + tls.nativeProperties
            }
        }
    }

    /// The certificates of a TLS connection. By default the broker's certificate is checked against the authorities of
    /// the system.
    public struct TLS: Hashable, Sendable {
        /// A file or folder with the certificates of authorities, in PEM. Nil uses the authorities of the system.
        public var caLocation: String?

        /// A file with the certificate of this client, in PEM, for brokers that require one.
        public var certificateLocation: String?

        /// A file with the private key of this client, in PEM.
        public var keyLocation: String?

        /// The password of the private key.
        public var keyPassword: String?

        /// Whether the broker's certificate must contain the host name under which the client connects.
        public var isHostnameVerified: Bool

        /// Whether the client checks the broker's certificate. Set it to false only in a network that nobody else can
        /// reach.
        public var isCertificateVerified: Bool

        /// Makes the TLS settings.
        public init(
            caLocation: String? = nil,
            certificateLocation: String? = nil,
            keyLocation: String? = nil,
            keyPassword: String? = nil,
            isHostnameVerified: Bool = true,
            isCertificateVerified: Bool = true
        ) {
            self.caLocation = caLocation
            self.certificateLocation = certificateLocation
            self.keyLocation = keyLocation
            self.keyPassword = keyPassword
            self.isHostnameVerified = isHostnameVerified
            self.isCertificateVerified = isCertificateVerified
        }

        var nativeProperties: [NativeConfiguration.Property] {
            var list: [NativeConfiguration.Property] = []
            if let caLocation { list.append(("ssl.ca.location", caLocation)) }
            if let certificateLocation { list.append(("ssl.certificate.location", certificateLocation)) }
            if let keyLocation { list.append(("ssl.key.location", keyLocation)) }
            if let keyPassword { list.append(("ssl.key.password", keyPassword)) }
            // Set in both cases, because librdkafka's default changed in version 2.0.
            list.append(("ssl.endpoint.identification.algorithm", isHostnameVerified ? "https" : "none"))
            if !isCertificateVerified { list.append(("enable.ssl.certificate.verification", "false")) }
            return list
        }
    }

    /// The method by which this client authenticates itself (`sasl.mechanism`).
    public struct SASLMechanism: Hashable, Sendable {
        /// The name of the mechanism, such as `PLAIN`.
        public let name: String
        private let settings: [String: String]

        private init(name: String, settings: [String: String]) {
            self.name = name
            self.settings = settings
        }

        /// Sends the password as plain text. Use it over TLS.
        public static func plain(username: String, password: String) -> SASLMechanism {
            mechanism("PLAIN", username: username, password: password)
        }

        /// Proves that this client knows the password, without sending it. Kafka 4 requires librdkafka 2.6.1 or newer
        /// for it.
        public static func scramSHA256(username: String, password: String) -> SASLMechanism {
            mechanism("SCRAM-SHA-256", username: username, password: password)
        }

        /// Proves that this client knows the password, without sending it. Kafka 4 requires librdkafka 2.6.1 or newer
        /// for it.
        public static func scramSHA512(username: String, password: String) -> SASLMechanism {
            mechanism("SCRAM-SHA-512", username: username, password: password)
        }

        /// Any other mechanism, with its properties, such as `GSSAPI` with `sasl.kerberos.*` or `OAUTHBEARER` with
        /// `sasl.oauthbearer.*`.
        public static func other(_ name: String, properties: [String: String]) -> SASLMechanism {
            SASLMechanism(name: name, settings: properties)
        }

        static func mechanism(_ name: String, username: String?, password: String?) -> SASLMechanism {
            var settings: [String: String] = [:]
            settings["sasl.username"] = username
            settings["sasl.password"] = password
            return SASLMechanism(name: name, settings: settings)
        }

        var nativeProperties: [NativeConfiguration.Property] {
            [("sasl.mechanism", name)] + settings.sortedProperties
        }
    }
}

extension KafkaConfiguration.SASLMechanism: CustomStringConvertible, CustomReflectable {
    /// The name of the mechanism, without its secrets.
    public var description: String { name }

    /// The name of the mechanism, without its secrets.
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

extension KafkaConfiguration.TLS: CustomReflectable {
    /// Every property except the password of the key.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "caLocation": caLocation as Any,
                "certificateLocation": certificateLocation as Any,
                "keyLocation": keyLocation as Any,
                "isHostnameVerified": isHostnameVerified,
                "isCertificateVerified": isCertificateVerified,
            ]
        )
    }
}
