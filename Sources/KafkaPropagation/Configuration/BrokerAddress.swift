/// The form of a broker's address: `host`, `host:port`, `[IPv6]:port`, each perhaps behind `ssl://` and the like.
///
/// librdkafka accepts addresses that it cannot use: it reads `kafka:http` as port 0, `kafka:99999` as port 34463, and
/// leaves out `http://kafka:9092`. The client then tries to connect for ever.
enum BrokerAddress {
    private static let protocols: Set<String> = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]

    /// Throws if one of these addresses cannot be the address of a broker, or if there is none.
    ///
    /// - Parameters:
    ///   - addresses: Addresses separated by commas.
    ///   - subject: The variable or property that contains them.
    static func check(_ addresses: String, subject: String) throws(KafkaError) {
        let addresses = addresses.split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
        if addresses.isEmpty { throw KafkaError(.configuration, "names no broker", subject: subject, hint: hint) }
        for address in addresses {
            guard let fault = fault(in: address) else { continue }
            throw KafkaError(.configuration, "\"\(address.withoutNUL)\" \(fault)", subject: subject, hint: hint)
        }
    }

    private static let hint = "Set it to host:port, or to several separated by commas"

    /// The reason why this is not the address of a broker; nil if it is one.
    static func fault(in address: String) -> String? {
        var rest = address[...]
        if let scheme = address.firstRange(of: "://") {
            guard protocols.contains(address[..<scheme.lowerBound].lowercased()) else {
                return "begins with a protocol that brokers do not speak"
            }
            rest = address[scheme.upperBound...]
        }
        if rest.contains(where: { $0 == "/" || $0.isWhitespace }) { return "is not the address of a broker" }
        var port: Substring?
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return "has a [ without a ]" }
            let tail = rest[rest.index(after: end)...]
            if !tail.isEmpty, tail.first != ":" { return "has a text between ] and the port" }
            port = tail.isEmpty ? nil : tail.dropFirst()
            rest = rest[rest.index(after: rest.startIndex)..<end]
        } else if rest.count(where: { $0 == ":" }) == 1, let colon = rest.firstIndex(of: ":") {
            port = rest[rest.index(after: colon)...]
            rest = rest[..<colon]
        }
        if rest.isEmpty { return "names no host" }
        if !isHost(rest) { return "is not the address of a broker" }
        if let port, !isPort(port) { return "has a port that is not a number from 1 to 65535" }
        return nil
    }

    /// Whether a text has the characters of a host's name, or of an IPv6 address with or without a zone.
    private static func isHost(_ text: Substring) -> Bool {
        if text.contains(where: { $0 == ";" || $0 == "@" }) { return false }
        guard text.contains(":") else { return true }
        return text.prefix { $0 != "%" }.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && Int(text).map { (1...65535).contains($0) } == true
    }
}

extension Substring {
    /// The text without the blanks and tabs around it.
    var trimmed: String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = drop(while: blank)
        while let last = text.last, blank(last) { text.removeLast() }
        return String(text)
    }
}
