internal import CMALoggerRDKafka

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A configuration object of librdkafka. This value owns it until a client takes the ownership.
struct NativeConfiguration: ~Copyable {
    typealias Property = (name: String, value: String)

    private let pointer: OpaquePointer

    /// Sets the properties in order, after the plugins. Throws librdkafka's error for the first property that it
    /// refuses, and refuses the properties with which no client of ma-logger works.
    init(_ properties: [Property]) throws(KafkaError) {
        try Self.checkBrokers(of: properties)
        guard let pointer = rd_kafka_conf_new() else {
            throw KafkaError(
                .client,
                "librdkafka could not make a configuration: out of memory; try again later",
                isRetriable: true
            )
        }
        do throws(KafkaError) {
            for property in Self.pluginsFirst(properties) { try Self.set(property, of: pointer) }
            try Self.refuse("log.queue", "librdkafka's lines would be lost and would fill the memory", in: pointer)
        } catch {
            rd_kafka_conf_destroy(pointer)
            throw error
        }
        self.pointer = pointer
    }

    deinit {
        rd_kafka_conf_destroy(pointer)
    }

    /// librdkafka loads plugins when their property is set, and knows the properties of a plugin only from then on.
    static func pluginsFirst(_ properties: [Property]) -> [Property] {
        let name = "plugin.library.paths"
        return properties.filter { $0.name == name } + properties.filter { $0.name != name }
    }

    /// The property that counts: the last one with one of these names of a setting.
    static func last(_ names: String..., in properties: [Property]) -> Property? {
        properties.last { names.contains($0.name) }
    }

    /// The property with the addresses of the brokers.
    static func servers(of properties: [Property]) -> Property? {
        last("bootstrap.servers", "metadata.broker.list", in: properties)
    }

    /// Checks the addresses of the brokers. A client with a cluster of its own, for a test, needs none.
    private static func checkBrokers(of properties: [Property]) throws(KafkaError) {
        guard let servers = servers(of: properties),
            !properties.contains(where: { $0.name == "test.mock.num.brokers" })
        else { return }
        try BrokerAddress.check(servers.value, subject: servers.name)
    }

    private static func set(_ property: Property, of pointer: OpaquePointer) throws(KafkaError) {
        // The value may be a secret: only the name is told.
        for text in [property.name, property.value] {
            try KafkaError.checkNUL(in: text, property.name.withoutNUL, .configuration)
        }
        let failure = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text -> String? in
            let result = rd_kafka_conf_set(pointer, property.name, property.value, text.baseAddress, text.count)
            guard result != RD_KAFKA_CONF_OK, let words = text.baseAddress else { return nil }
            return String(cString: words)
        }
        if let failure {
            let known = LibrdkafkaProperty(name: property.name)
            let (number, isWhole) = number(in: property.value)
            // librdkafka speaks of the lowest 32 bits, which nobody has set. Only a property with a range is no secret.
            let isOutside = known.isRange && isWhole && Int32(exactly: number) == nil
            throw known.error(isOutside ? "\(property.value) is outside the range" : failure)
        }
        try checkNumber(of: property, in: pointer)
    }

    /// Throws for a number that librdkafka would change. It takes the lowest 32 bits, so that 4294967297 and
    /// 0x100000001 are 1, and ignores what follows the digits, so that 30s is 30, and 1e6 is 1.
    private static func checkNumber(of property: Property, in pointer: OpaquePointer) throws(KafkaError) {
        let (number, isWhole) = number(in: property.value)
        // A text, or a floating-point number, does not read back as the lowest 32 bits.
        guard Int32(exactly: number) == nil || !isWhole, let stored = value(of: property.name, in: pointer),
            Int32(stored) == Int32(truncatingIfNeeded: number)
        else { return }
        throw KafkaError(
            .configuration,
            "librdkafka would read \(property.value) as \(stored)",
            subject: property.name,
            hint: "Set it to a number from \(Int32.min) to \(Int32.max)"
        )
    }

    /// The number at the beginning of a text, as librdkafka reads an integer, and whether nothing else follows that
    /// would make it another one.
    private static func number(in text: String) -> (Int, isWhole: Bool) {
        text.withCString { text in
            func isBlank(_ rest: UnsafePointer<CChar>?) -> Bool {
                rest.map { $0[strspn($0, " \t\r\n")] == 0 } ?? true
            }
            var (end, other): (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?)
            let number = strtol(text, &end, 0)
            if isBlank(end) { return (number, true) }
            // The only floating-point property, linger.ms, reads back in a short form.
            let isSame = abs(strtod(text, &other) - Double(number)) < 1
            return (number, isBlank(other) && isSame)
        }
    }

    /// The text of the value that librdkafka has stored; nil if it has no such property or no value.
    static func value(of name: String, in pointer: OpaquePointer) -> String? {
        var size = 0
        guard rd_kafka_conf_get(pointer, name, nil, &size) == RD_KAFKA_CONF_OK else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { text in
            var size = text.count
            guard rd_kafka_conf_get(pointer, name, text.baseAddress, &size) == RD_KAFKA_CONF_OK else { return nil }
            return text.baseAddress.map { String(cString: $0) }
        }
    }

    /// The text that librdkafka has stored, or its default; nil for a property without a value, and for a property of
    /// topics if none of them was set.
    func text(named name: String) -> String? {
        Self.value(of: name, in: pointer)
    }

    /// The number that librdkafka has stored, or its default; nil for any other property.
    ///
    /// librdkafka also takes ` 512` and `0x200` for 512, so the text of a property does not tell its number.
    func number(named name: String) -> Int? {
        Self.value(of: name, in: pointer).flatMap { Int($0) }
    }

    /// Whether librdkafka has stored true, or has it as the default; nil for any other property.
    ///
    /// librdkafka also takes `T` and `1` for true.
    func boolean(named name: String) -> Bool? {
        Self.value(of: name, in: pointer).flatMap { Bool($0) }
    }

    /// Throws if a property is true. Its last value counts.
    ///
    /// - Parameter reason: The effect of the property, for the error.
    func refuse(_ name: String, _ reason: String) throws(KafkaError) {
        try Self.refuse(name, reason, in: pointer)
    }

    private static func refuse(_ name: String, _ reason: String, in pointer: OpaquePointer) throws(KafkaError) {
        guard value(of: name, in: pointer) == "true" else { return }
        throw KafkaError(.configuration, reason, subject: name, hint: "Remove it")
    }

    /// Throws for a file of TLS that cannot be read. librdkafka names the file and the reason only in its log.
    func checkFiles() throws(KafkaError) {
        guard ["ssl", "sasl_ssl"].contains(text(named: "security.protocol")) else { return }
        for kind in ["ca", "certificate", "key", "keystore", "crl"] {
            let name = "ssl.\(kind).location"
            guard let path = text(named: name), !path.isEmpty, path != "probe", access(path, R_OK) != 0 else {
                continue
            }
            let reason = String(cString: strerror(errno))
            throw KafkaError(
                .configuration,
                "cannot read \(path): \(reason)",
                subject: name,
                hint: KafkaConfiguration.variablesHint(name)
            )
        }
    }

    /// Calls `body` with the object, so that it can register callbacks.
    func configure(_ body: (OpaquePointer) -> Void) {
        body(pointer)
    }

    /// Passes the ownership of the object to the caller. The caller passes it to `rd_kafka_new`, or destroys it if that
    /// call fails.
    consuming func relinquish() -> OpaquePointer {
        let pointer = pointer
        discard self
        return pointer
    }
}

extension [String: String] {
    /// The entries as properties, sorted by name so that the order is the same in each run.
    var sortedProperties: [NativeConfiguration.Property] {
        sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
