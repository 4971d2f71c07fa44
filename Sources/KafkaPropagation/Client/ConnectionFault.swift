/// The last error of a connection in plain words, and the variables that may be wrong.
struct ConnectionFault: Equatable {
    let reason: String
    let variables: String

    private static let address = "KAFKA_BOOTSTRAP_SERVERS (bootstrap.servers)"

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
        func has(_ part: String) -> Bool { words.contains(part) }
        self =
            if has("certificate verify failed") || has("unable to get local issuer") {
                Self(
                    "no known authority has signed the broker's certificate",
                    "KAFKA_SSL_CA_LOCATION (ssl.ca.location)"
                )
            } else if has("alert bad certificate") || has("alert certificate required") || has("alert unknown ca") {
                Self(
                    "the broker refuses the client's certificate",
                    "KAFKA_SSL_CERTIFICATE_LOCATION (ssl.certificate.location) and KAFKA_SSL_KEY_LOCATION"
                )
            } else if has("unexpected eof") || has("ssl transport error") || has("ssl handshake failed: disconnected") {
                Self(
                    "the connection ends during the TLS handshake: no broker runs behind the address, or the port does "
                        + "not use TLS",
                    "\(Self.address) and KAFKA_SECURITY_PROTOCOL (security.protocol)"
                )
            } else if has("supported mechanisms: (n/a)") || has("saslauthenticaterequest failed") {
                Self("the connection ends during the login", Self.address)
            } else if has("oauthbearer token") || has("is no token available") {
                Self("there is no token for the login", "sasl.oauthbearer.*")
            } else if has("security.protocol") || has("invalid response size") || has("ssl_handshake")
                || has("ssl handshake") || has("wrong version number")
                || has("disconnected") && has("state apiversion")
            {
                Self(
                    "the port speaks another protocol, with TLS instead of plain text or the reverse",
                    "KAFKA_SECURITY_PROTOCOL (security.protocol) and the port in KAFKA_BOOTSTRAP_SERVERS"
                )
            } else if has("connection refused") {
                Self("nothing listens at the address", Self.address)
            } else if has("resolve") {
                Self("the name of the host is unknown", Self.address)
            } else if has("no route to host") || has("network is unreachable") {
                Self("there is no route to the address", Self.address)
            } else if has("sasl") || has("authentication") {
                Self(
                    "the broker refuses the login",
                    "KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM"
                )
            } else if has("timed out") || has("timeout") || has("answered a request") {
                Self("the address does not answer", Self.address)
            } else {
                Self(text, Self.address)
            }
    }
}
