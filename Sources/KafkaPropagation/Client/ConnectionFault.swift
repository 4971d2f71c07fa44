/// The last error of a connection in plain words, and the variables that may be wrong.
struct ConnectionFault: Equatable {
    let reason: String
    let variables: String

    private init(_ reason: String, _ variables: String) {
        self.reason = reason
        self.variables = variables
    }

    /// The text after the broker's name, as in `sasl_ssl://host:9093/bootstrap: Connect to …`. The name can contain any
    /// word that a fault is known by.
    private static func withoutBroker(_ text: String) -> Substring {
        guard let end = text.firstRange(of: ": "), text[..<end.lowerBound].contains("/") else { return text[...] }
        return text[end.upperBound...]
    }

    /// - Parameter text: librdkafka's text; nil if the connection gave no error.
    init(_ text: String?) {
        guard let text else {
            self = Self("the address accepts the connection or drops it, but nothing answers", Self.address)
            return
        }
        let words = Self.withoutBroker(text).lowercased()
        self = Self.table.first { $0.isIn(words) }?.fault ?? Self(text, Self.address)
    }

    private static let address = "KAFKA_BOOTSTRAP_SERVERS (bootstrap.servers)"

    private static let otherProtocol = Self(
        "the port speaks another protocol, with TLS instead of plain text or the reverse",
        "KAFKA_SECURITY_PROTOCOL (security.protocol) and the port in KAFKA_BOOTSTRAP_SERVERS"
    )

    private static let closed = Self(
        "the broker accepts the connection and closes it: it has just stopped, or the port wants a login (SASL) or TLS",
        "KAFKA_SECURITY_PROTOCOL (security.protocol) and the port in KAFKA_BOOTSTRAP_SERVERS"
    )

    /// The faults and the words of librdkafka by which they are known. The first row that is in a text counts.
    private static let table = [
        Row(
            ["certificate verify failed", "unable to get local issuer"],
            Self("no known authority has signed the broker's certificate", "KAFKA_SSL_CA_LOCATION (ssl.ca.location)")
        ),
        Row(
            ["alert bad certificate", "alert certificate required", "alert unknown ca"],
            Self(
                "the broker refuses the client's certificate",
                "KAFKA_SSL_CERTIFICATE_LOCATION (ssl.certificate.location) and KAFKA_SSL_KEY_LOCATION"
            )
        ),
        Row(
            ["unexpected eof", "ssl transport error", "ssl handshake failed: disconnected"],
            Self(
                "the connection ends during the TLS handshake: no broker runs behind the address, or the port does "
                    + "not use TLS",
                "\(address) and KAFKA_SECURITY_PROTOCOL (security.protocol)"
            )
        ),
        Row(
            ["supported mechanisms: (n/a)", "saslauthenticaterequest failed"],
            Self("the connection ends during the login", address)
        ),
        Row(
            ["oauthbearer token", "is no token available"],
            Self("there is no token for the login", "sasl.oauthbearer.*")
        ),
        Row(["might require sasl", "broken pipe"], closed),
        Row(
            ["security.protocol", "invalid response size", "ssl_handshake", "ssl handshake", "wrong version number"],
            otherProtocol
        ),
        Row(all: ["disconnected", "state apiversion"], otherProtocol),
        Row(["connection refused"], Self("nothing listens at the address", address)),
        Row(["resolve"], Self("the name of the host is unknown", address)),
        Row(["no route to host", "network is unreachable"], Self("there is no route to the address", address)),
        Row(
            ["sasl", "authentication"],
            Self(
                "the broker refuses the login",
                "KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM"
            )
        ),
        Row(["timed out", "timeout", "answered a request"], Self("the address does not answer", address)),
    ]

    private struct Row: Sendable {
        private let parts: [String]
        private let needsAll: Bool
        let fault: ConnectionFault

        /// - Parameter parts: Parts of texts, in lower case. Each of them alone tells the fault.
        init(_ parts: [String], _ fault: ConnectionFault) {
            self.parts = parts
            needsAll = false
            self.fault = fault
        }

        /// - Parameter parts: Parts of a text, in lower case. Only all of them together tell the fault.
        init(all parts: [String], _ fault: ConnectionFault) {
            self.parts = parts
            needsAll = true
            self.fault = fault
        }

        func isIn(_ words: String) -> Bool {
            needsAll ? parts.allSatisfy { words.contains($0) } : parts.contains { words.contains($0) }
        }
    }
}
