extension KafkaConfiguration {
    /// How the connection to the brokers is secured, as `security.protocol` says.
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

        /// Neither encrypted nor authenticated.
        public static let plaintext = SecurityProtocol(.plaintext)

        /// Encrypted; `SSL` in Kafka's words.
        public static func tls(_ configuration: TLS = TLS()) -> SecurityProtocol {
            SecurityProtocol(.tls(configuration))
        }

        /// Authenticated and not encrypted: for a network that can be trusted.
        public static func saslPlaintext(mechanism: SASLMechanism) -> SecurityProtocol {
            SecurityProtocol(.saslPlaintext(mechanism))
        }

        /// Authenticated and encrypted; `SASL_SSL` in Kafka's words.
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

    /// The certificates of a TLS connection. By default the broker's is checked against the system's authorities.
    public struct TLS: Hashable, Sendable {
        /// A file or folder of authorities in PEM; nil takes the system's.
        public var caLocation: String?

        /// A file with this client's certificate in PEM, for brokers that ask for one.
        public var certificateLocation: String?

        /// A file with this client's private key in PEM.
        public var keyLocation: String?

        /// The password of the private key.
        public var keyPassword: String?

        /// Whether the broker's certificate must be made out to the name by which it is reached.
        public var isHostnameVerified: Bool

        /// Whether the broker's certificate is checked at all. Never switch it off where others can reach the network.
        public var isCertificateVerified: Bool

        /// A connection with these certificates.
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
            // Said in either case: librdkafka's default changed with 2.0.
            list.append(("ssl.endpoint.identification.algorithm", isHostnameVerified ? "https" : "none"))
            if !isCertificateVerified { list.append(("enable.ssl.certificate.verification", "false")) }
            return list
        }
    }

    /// How this client says who it is.
    public struct SASLMechanism: Hashable, Sendable {
        /// The mechanism's name, as in `PLAIN`.
        public let name: String
        private let settings: [String: String]

        private init(name: String, settings: [String: String]) {
            self.name = name
            self.settings = settings
        }

        /// The password as it is: use it over TLS.
        public static func plain(username: String, password: String) -> SASLMechanism {
            mechanism("PLAIN", username: username, password: password)
        }

        /// A proof that this client knows the password. With Kafka 4 it takes librdkafka 2.6.1 or newer.
        public static func scramSHA256(username: String, password: String) -> SASLMechanism {
            mechanism("SCRAM-SHA-256", username: username, password: password)
        }

        /// A proof that this client knows the password. With Kafka 4 it takes librdkafka 2.6.1 or newer.
        public static func scramSHA512(username: String, password: String) -> SASLMechanism {
            mechanism("SCRAM-SHA-512", username: username, password: password)
        }

        /// Any other mechanism, with the properties that it takes: `GSSAPI` with `sasl.kerberos.*`, `OAUTHBEARER` with
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
    /// The mechanism's name; never what it keeps secret.
    public var description: String { name }

    /// The mechanism's name; never what it keeps secret.
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

extension KafkaConfiguration.TLS: CustomReflectable {
    /// Everything but the key's password.
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
