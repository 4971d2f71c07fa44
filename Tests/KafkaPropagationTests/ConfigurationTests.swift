import Foundation
import KafkaPropagationTesting
import Testing

@testable import CMALoggerRDKafka
@testable import KafkaPropagation

@Suite("Configuration", .timeLimit(.minutes(10)))
struct ConfigurationTests {
    private let brokers = KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"])

    private func error(_ body: () throws -> Void) throws -> KafkaError {
        try #require(#expect(throws: KafkaError.self) { try body() })
    }

    @Test("A wrong property name is an error with librdkafka's text")
    func wrongName() throws {
        var configuration = KafkaProducerConfiguration(brokers)
        configuration.properties["linger.millis"] = "5"
        let error = try error { _ = try KafkaProducer(configuration) }
        #expect(error.code == .configuration)
        #expect(error.subject == "linger.millis")
        #expect(error.message == #"No such configuration property: "linger.millis""#)
        #expect(!error.isRetriable)
    }

    @Test("A wrong property value is an error with librdkafka's text")
    func wrongValue() throws {
        var configuration = KafkaProducerConfiguration(brokers)
        configuration.properties["acks"] = "some"
        let error = try error { try configuration.validate() }
        #expect(error.code == .configuration)
        #expect(error.subject == "acks")
        #expect(error.message.contains("acks"))
    }

    @Test(
        "An error about a value names the property as it was set, and its choices",
        arguments: [("linger.ms", "soon", " .. "), ("compression.type", "zip", "gzip, "), ("acks", "-2", " .. ")]
    )
    func choices(name: String, value: String, choices: String) throws {
        var configuration = KafkaProducerConfiguration(brokers)
        configuration.properties[name] = value
        let error = try error { try configuration.validate() }
        #expect(error.message.contains("\"\(name)\"") && !error.message.contains("\n"))
        #expect(error.hint?.contains(choices) == true)
    }

    @Test("A number that librdkafka cannot read is named as it was set, with the range")
    func largestQueue() throws {
        var configuration = KafkaProducerConfiguration(brokers)
        configuration.maximumQueuedMessages = .max
        let error = try error { try configuration.validate() }
        #expect(error.message.contains("\(Int.max)") && error.hint?.contains("2147483647") == true)
    }

    @Test("A value of digits that may be a secret is in no error", arguments: ["sasl.pasword", "sasl.password\0"])
    func secretDigits(name: String) throws {
        var configuration = brokers
        configuration.properties[name] = "12345678901"
        #expect(try !"\(error { try configuration.validate() })".contains("12345678901"))
    }

    @Test("A consumer looks often for new topics and partitions, less often with a pattern, or as it is told")
    func refresh() throws {
        let name = "topic.metadata.refresh.interval.ms"
        let often = rd_kafka_version() < 0x020a_0000 ? 60_000 : 10_000
        for (topic, expected) in [("frames", often), ("^frames", 60_000)] {
            var configuration = KafkaConsumerConfiguration(brokers, .group(id: "g", topics: [topic]))
            #expect(try NativeConfiguration(configuration.checkedProperties).number(named: name) == expected)
            configuration.connection.properties[name] = "5000"
            #expect(try NativeConfiguration(configuration.checkedProperties).number(named: name) == 5000)
        }
    }

    @Test("An empty group is refused")
    func emptyGroup() throws {
        let configuration = KafkaConsumerConfiguration(brokers, .group(id: "", topics: ["frames"]))
        let error = try error { try configuration.validate() }
        #expect(error.code == .configuration && error.subject == "group.id")
    }

    @Test(
        "A file of TLS that cannot be read is named with the reason",
        arguments: ["ca", "certificate", "key"]
    )
    func missingFile(kind: String) throws {
        var configuration = KafkaProducerConfiguration(brokers)
        configuration.properties["ssl.\(kind).location"] = "/nonexistent/file.pem"
        try KafkaProducer(configuration).triggerGracefulShutdown()
        configuration.properties["security.protocol"] = "ssl"
        let error = try error { _ = try KafkaProducer(configuration) }
        #expect(error.code == .configuration && error.subject == "ssl.\(kind).location")
        #expect(error.message == "cannot read /nonexistent/file.pem: No such file or directory")
        #expect(error.hint?.contains("KAFKA_SSL_\(kind.uppercased())_LOCATION") == true)
    }

    @Test("A property overrides the typed setting")
    func propertyWins() throws {
        var configuration = KafkaProducerConfiguration(brokers)
        configuration.compression = .gzip
        try configuration.validate()
        configuration.connection.properties["compression.type"] = "of the connection"
        #expect(try error { try configuration.validate() }.message.contains("of the connection"))
        configuration.properties["compression.type"] = "of the producer"
        #expect(try error { try configuration.validate() }.message.contains("of the connection"))
        configuration.connection.properties = [:]
        #expect(try error { try configuration.validate() }.message.contains("of the producer"))
    }

    @Test("A producer's properties override those of the connection, which override the typed settings")
    func precedence() throws {
        var configuration = KafkaProducerConfiguration(brokers)
        func limit() throws -> String? {
            try configuration.checkedProperties.last { $0.name == "queue.buffering.max.messages" }?.value
        }
        configuration.maximumQueuedMessages = 30
        #expect(try limit() == "30")
        configuration.connection.properties["queue.buffering.max.messages"] = "20"
        #expect(try limit() == "20")
        configuration.properties["queue.buffering.max.messages"] = "10"
        #expect(try limit() == "10")
        // librdkafka would register the interceptors of a plugin twice if its property were set twice.
        let values = try configuration.checkedProperties.filter { $0.name == "queue.buffering.max.messages" }
        #expect(values.map(\.value) == ["30", "20", "10"])
    }

    @Test("A property of the connection cannot break the transactions of a typed transactional ID")
    func transactionPrecedence() throws {
        var configuration = KafkaProducerConfiguration(brokers)
        configuration.transactionalID = "orders"
        configuration.isIdempotenceEnabled = true
        configuration.connection.properties["enable.idempotence"] = "false"
        #expect(try error { try configuration.validate() }.subject == "enable.idempotence")
    }

    @Test(
        "A number that librdkafka would change is refused",
        arguments: [
            "4294967297", "-4294967295", "9007199254740993", "99999999999999999999", "2147483648", "0x100000001",
            "0X80000000", "\t+0x100000001", " 4294967297", "-0xFFFFFFFF", " 040000000001", "4294967297 messages",
            "30s", "7 messages", "1e6", "1_000", "0x1G", "04294967297",
        ]
    )
    func oversizedNumber(number: String) throws {
        if let count = Int(number) {
            var configuration = KafkaProducerConfiguration(brokers)
            configuration.maximumQueuedMessages = count
            let error = try error { try configuration.validate() }
            #expect(error.code == .configuration && error.subject == "queue.buffering.max.messages")
        }
        for name in ["queue.buffering.max.kbytes", "message.timeout.ms", "statistics.interval.ms"] {
            var configuration = KafkaProducerConfiguration(brokers)
            configuration.properties[name] = number
            for call in [{ try configuration.validate() }, { _ = try KafkaProducer(configuration) }] {
                let error = try error { try call() }
                #expect(error.code == .configuration && error.subject == name)
            }
        }
        var consumer = KafkaConsumerConfiguration(brokers, .group(id: "g", topics: ["t"]))
        consumer.properties["queued.max.messages.kbytes"] = number
        #expect(try error { try consumer.validate() }.subject == "queued.max.messages.kbytes")
        // This one is the same in librdkafka, because it is a text.
        try KafkaConfiguration(bootstrapServers: ["one:9092"], clientID: number).validate()
    }

    @Test(
        "A value that librdkafka does not change is taken as it is",
        arguments: [
            ("client.id", " 4294967297"), ("client.id", " 077777777777"), ("client.id", "0x100000001"),
            ("linger.ms", "1e3"), ("linger.ms", "5000000000e-9"), ("linger.ms", "0x100000000p-28"), ("acks", "all"),
            ("queue.buffering.max.messages", " 0x7FFFFFFF"), ("enable.idempotence", "1"), ("acks", "-0x1"),
            ("compression.codec", "lz4"), ("debug", "broker,topic"), ("linger.ms", "5.0"), ("linger.ms", "5.5"),
            ("linger.ms", "123456.5"), ("message.timeout.ms", "7000 "), ("client.id", "30s"),
        ]
    )
    func fittingValue(name: String, value: String) throws {
        var configuration = KafkaProducerConfiguration(brokers)
        configuration.properties[name] = value
        try configuration.validate()
    }

    @Test("Numbers are read as librdkafka reads them", arguments: ["7", " 7", "0x7", "07", "+7 "])
    func numbers(number: String) throws {
        var configuration = KafkaProducerConfiguration(brokers)
        configuration.properties["queue.buffering.max.messages"] = number
        let native = try NativeConfiguration(try configuration.checkedProperties)
        #expect(native.number(named: "queue.buffering.max.messages") == 7)
        #expect(native.number(named: "queue.buffering.max.kbytes") == 1_048_576)
        #expect(native.number(named: "client.id") == nil && native.number(named: "no.such.property") == nil)
    }

    @Test("Truth values are read as librdkafka reads them", arguments: ["false", "F", "0", "False", "f"])
    func truthValues(no: String) throws {
        var configuration = KafkaConsumerConfiguration(brokers, .group(id: "g", topics: ["t"]))
        #expect(try configuration.commitsByItself)
        configuration.properties["enable.auto.commit"] = no
        #expect(try !configuration.commitsByItself)
    }

    @Test("A plugin is loaded before the other properties are set, because it may bring some of them")
    func plugin() throws {
        var connection = brokers
        connection.properties["an.option.of.the.plugin"] = "x"
        var configuration = KafkaProducerConfiguration(connection)
        configuration.properties["plugin.library.paths"] = "/nowhere/plugin"
        #expect(try error { try configuration.validate() }.subject == "plugin.library.paths")
    }

    @Test("Automatic storing of offsets is refused, because records are read ahead")
    func automaticStore() throws {
        var configuration = KafkaConsumerConfiguration(brokers, .group(id: "g", topics: ["t"]))
        configuration.properties["enable.auto.offset.store"] = "true"
        let error = try error { try configuration.validate() }
        #expect(error.subject == "enable.auto.offset.store")
        #expect(error.hint != nil)
    }

    @Test(
        "A property that takes a producer's reports or librdkafka's lines away is refused, unless it is false",
        arguments: ["true", "TRUE", "t", "1"]
    )
    func silencing(value: String) throws {
        var connection = brokers
        connection.properties["log.queue"] = value
        let consumption = KafkaConsumerConfiguration.ConsumptionStrategy.group(id: "g", topics: ["t"])
        var producer = KafkaProducerConfiguration(brokers)
        producer.properties["delivery.report.only.error"] = value
        let calls: [(String, () throws -> Void)] = [
            ("log.queue", { try connection.validate() }),
            ("log.queue", { _ = try KafkaAdmin(connection) }),
            ("log.queue", { try KafkaConsumerConfiguration(connection, consumption).validate() }),
            ("log.queue", { _ = try KafkaConsumer(KafkaConsumerConfiguration(connection, consumption)) }),
            ("log.queue", { _ = try KafkaProducer(KafkaProducerConfiguration(connection)) }),
            ("delivery.report.only.error", { try producer.validate() }),
            ("delivery.report.only.error", { _ = try KafkaProducer(producer) }),
        ]
        for (subject, call) in calls {
            let error = try error(call)
            #expect(error.code == .configuration && error.subject == subject && error.hint != nil)
        }
    }

    @Test("Such a property may be false, and a later value counts")
    func notSilencing() throws {
        var configuration = KafkaProducerConfiguration(brokers)
        for name in ["log.queue", "delivery.report.only.error"] {
            configuration.connection.properties[name] = "true"
            configuration.properties[name] = "false"
        }
        try configuration.validate()
    }

    @Test("A NUL in a value is refused, because C would read only the part before it")
    func nulInValue() throws {
        var configuration = brokers
        configuration.clientID = "a\0b"
        let error = try error { try configuration.validate() }
        #expect(error.code == .configuration)
    }

    @Test("The environment sets the cluster, the protocol, the credentials and the certificates")
    func environment() throws {
        let configuration = try KafkaConfiguration(environment: [
            "KAFKA_BOOTSTRAP_SERVERS": "one:9092, two:9092,",
            "KAFKA_SECURITY_PROTOCOL": "sasl_ssl",
            "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "KAFKA_SASL_USERNAME": "alice",
            "KAFKA_SASL_PASSWORD": "secret",
            "KAFKA_SSL_CA_LOCATION": "/ca.pem",
            "KAFKA_CLIENT_ID": "",
        ])
        #expect(configuration.bootstrapServers == ["one:9092", "two:9092"])
        #expect(configuration.clientID == nil)
        #expect(
            configuration.securityProtocol
                == .saslTLS(
                    mechanism: .scramSHA512(username: "alice", password: "secret"),
                    tls: .init(caLocation: "/ca.pem")
                )
        )
    }

    @Test(
        "A variable that is not UTF-8 is an error that names it and does not tell its value",
        arguments: [
            "BOOTSTRAP_SERVERS", "CLIENT_ID", "SECURITY_PROTOCOL", "SASL_MECHANISM", "SASL_USERNAME", "SASL_PASSWORD",
            "SSL_CA_LOCATION", "SSL_CERTIFICATE_LOCATION", "SSL_KEY_LOCATION", "SSL_KEY_PASSWORD",
            "SSL_ENDPOINT_IDENTIFICATION_ALGORITHM",
        ]
    )
    func notUTF8(variable: String) async throws {
        await #expect(processExitsWith: .success) { [variable] in
            Self.unsetVariables()
            setenv("KAFKA_BOOTSTRAP_SERVERS", "one:9092", 1)
            setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL", 1)
            // "secrét" in Latin-1.
            let bytes: [UInt8] = [0x73, 0x65, 0x63, 0x72, 0xE9, 0x74, 0]
            bytes.withUnsafeBytes { value in
                _ = setenv("KAFKA_\(variable)", value.bindMemory(to: CChar.self).baseAddress!, 1)
            }
            do {
                _ = try KafkaConfiguration.fromEnvironment()
                exit(3)
            } catch let error as KafkaError {
                guard error.code == .configuration, error.subject == "KAFKA_\(variable)" else { exit(4) }
                exit("\(error)".contains("UTF-8") && !"\(error)".contains("secr") ? 0 : 5)
            }
        }
    }

    private static func unsetVariables() {
        for name in ProcessInfo.processInfo.environment.keys where name.hasPrefix("KAFKA_") { unsetenv(name) }
    }

    @Test("The environment of the process gives the same configuration as a dictionary")
    func processEnvironment() async throws {
        await #expect(processExitsWith: .success) {
            let variables = [
                "KAFKA_BOOTSTRAP_SERVERS": "one:9092", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                "KAFKA_SASL_USERNAME": "andré", "KAFKA_SASL_PASSWORD": "пароль", "KAFKA_CLIENT_ID": "",
            ]
            Self.unsetVariables()
            for (name, value) in variables { setenv(name, value, 1) }
            let expected = try KafkaConfiguration(environment: variables)
            exit(try KafkaConfiguration.fromEnvironment() == expected ? 0 : 3)
        }
    }

    @Test("An environment without brokers is an error that names the variable")
    func noBrokers() throws {
        let error = try error { _ = try KafkaConfiguration(environment: ["KAFKA_BOOTSTRAP_SERVERS": " , "]) }
        #expect(error.subject == "KAFKA_BOOTSTRAP_SERVERS")
    }

    @Test("An unknown protocol in the environment is an error that names the choices")
    func unknownProtocol() throws {
        let error = try error {
            _ = try KafkaConfiguration(environment: [
                "KAFKA_BOOTSTRAP_SERVERS": "one:9092", "KAFKA_SECURITY_PROTOCOL": "TLS",
            ])
        }
        #expect(error.subject == "KAFKA_SECURITY_PROTOCOL")
        #expect(error.message.contains("SASL_SSL"))
    }

    @Test("Credentials without a protocol are an error, not a connection without authentication")
    func credentialsAlone() throws {
        let error = try error {
            _ = try KafkaConfiguration(environment: [
                "KAFKA_BOOTSTRAP_SERVERS": "one:9092", "KAFKA_SASL_PASSWORD": "secret",
            ])
        }
        #expect(error.subject == "KAFKA_SASL_PASSWORD")
        #expect(!"\(error)".contains("secret"))
    }

    @Test(
        "A variable that the protocol would ignore is an error that names it and the protocols that use it",
        arguments: [
            (nil, ["KAFKA_SSL_CA_LOCATION": "/ca.pem"], "KAFKA_SSL_CA_LOCATION", "SSL or SASL_SSL"),
            (nil, ["KAFKA_SSL_CERTIFICATE_LOCATION": "/c.pem"], "KAFKA_SSL_CERTIFICATE_LOCATION", "SSL or SASL_SSL"),
            (nil, ["KAFKA_SSL_KEY_LOCATION": "/k.pem"], "KAFKA_SSL_KEY_LOCATION", "SSL or SASL_SSL"),
            (nil, ["KAFKA_SSL_KEY_PASSWORD": "secret"], "KAFKA_SSL_KEY_PASSWORD", "SSL or SASL_SSL"),
            (
                nil, ["KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM": "none"],
                "KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM", "SSL or SASL_SSL"
            ),
            ("plaintext", ["KAFKA_SSL_CA_LOCATION": "/ca.pem"], "KAFKA_SSL_CA_LOCATION", "SSL or SASL_SSL"),
            ("SASL_PLAINTEXT", ["KAFKA_SSL_CA_LOCATION": "/ca.pem"], "KAFKA_SSL_CA_LOCATION", "SSL or SASL_SSL"),
            (nil, ["KAFKA_SASL_MECHANISM": "PLAIN"], "KAFKA_SASL_MECHANISM", "SASL_SSL or SASL_PLAINTEXT"),
            ("PLAINTEXT", ["KAFKA_SASL_USERNAME": "alice"], "KAFKA_SASL_USERNAME", "SASL_SSL or SASL_PLAINTEXT"),
            ("ssl", ["KAFKA_SASL_PASSWORD": "secret"], "KAFKA_SASL_PASSWORD", "SASL_SSL or SASL_PLAINTEXT"),
            (
                nil, ["KAFKA_SASL_USERNAME": "alice", "KAFKA_SSL_CA_LOCATION": "/ca.pem"], "KAFKA_SASL_USERNAME",
                "KAFKA_SECURITY_PROTOCOL to SASL_SSL,"
            ),
        ] as [(String?, [String: String], String, String)]
    )
    func ignored(name: String?, variables: [String: String], subject: String, choices: String) throws {
        var environment = variables
        environment["KAFKA_BOOTSTRAP_SERVERS"] = "one:9092"
        environment["KAFKA_SECURITY_PROTOCOL"] = name
        let error = try error { _ = try KafkaConfiguration(environment: environment) }
        #expect(error.code == .configuration && error.subject == subject)
        #expect(error.hint?.contains(choices) == true, "\(error)")
        if let name { #expect(error.message.contains("KAFKA_SECURITY_PROTOCOL is \(name.uppercased())"), "\(error)") }
        #expect(!"\(error)".contains("secret"))
    }

    @Test("Every variable that its protocol uses is taken, and an empty one counts as unset")
    func used() throws {
        let environment = [
            "KAFKA_BOOTSTRAP_SERVERS": "one:9092", "KAFKA_SECURITY_PROTOCOL": "SSL",
            "KAFKA_SSL_CA_LOCATION": "/ca.pem", "KAFKA_SSL_CERTIFICATE_LOCATION": "/c.pem",
            "KAFKA_SSL_KEY_LOCATION": "/k.pem", "KAFKA_SSL_KEY_PASSWORD": "secret",
            "KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM": "none", "KAFKA_SASL_USERNAME": "",
        ]
        let tls = KafkaConfiguration.TLS(
            caLocation: "/ca.pem",
            certificateLocation: "/c.pem",
            keyLocation: "/k.pem",
            keyPassword: "secret",
            isHostnameVerified: false
        )
        #expect(try KafkaConfiguration(environment: environment).securityProtocol == .tls(tls))
    }

    @Test(
        "An address that cannot be a broker's is refused, with its fault, before a client tries it for ever",
        arguments: [
            ("kafka:http", "port"), ("kafka:99999", "port"), ("kafka:0", "port"), ("kafka:", "port"),
            ("kafka:+1", "port"), (":9092", "names no host"), ("http://kafka:9092", "protocol"), ("[::1", "["),
            ("[::1]9092", "]"), ("[]:9092", "names no host"), ("kafka 9092", "not the address"),
            ("a:9092;b:9092", "not the address"), ("kafka;9092", "not the address"),
            ("kafka1:9092kafka2:9092", "not the address"), ("kafka:9092:9093", "not the address"),
            ("user:pw@kafka:9092", "not the address"),
            ("ssl://kafka:9092/path", "not the address"), ("one:9092,two:x", "\"two:x\""), (" , ", "names no broker"),
            ("", "names no broker"),
        ]
    )
    func malformedAddress(servers: String, fault: String) throws {
        let environment = try error { _ = try KafkaConfiguration(environment: ["KAFKA_BOOTSTRAP_SERVERS": servers]) }
        #expect(environment.subject == "KAFKA_BOOTSTRAP_SERVERS" && environment.message.contains(fault))
        let typed = try error { try KafkaConfiguration(bootstrapServers: [servers]).validate() }
        #expect(typed.code == .configuration && typed.subject == "bootstrap.servers" && typed.message.contains(fault))
        var named = KafkaProducerConfiguration(brokers)
        named.properties["metadata.broker.list"] = servers
        #expect(try error { _ = try KafkaProducer(named) }.subject == "metadata.broker.list")
    }

    @Test(
        "Every form of a broker's address is taken",
        arguments: [
            "kafka", "kafka:9092", "KAFKA-1.example.org:1", "127.0.0.1:65535", "[::1]:9092", "[fe80::1]", "::1",
            "SASL_SSL://kafka:9092", "one:1, two:2,,",
        ]
    )
    func address(servers: String) throws {
        let configuration = try KafkaConfiguration(environment: ["KAFKA_BOOTSTRAP_SERVERS": servers])
        try configuration.validate()
        #expect(!configuration.bootstrapServers.contains { $0.isEmpty || $0.contains(" ") })
    }

    @Test("Properties can name the brokers in place of an empty list")
    func brokersByProperty() throws {
        try KafkaConfiguration(bootstrapServers: [], properties: ["bootstrap.servers": "kafka:9092"]).validate()
    }

    @Test("A printed configuration does not show a password")
    func printing() {
        let configuration = KafkaConfiguration(
            bootstrapServers: ["one:9092"],
            securityProtocol: .saslTLS(
                mechanism: .plain(username: "alice", password: "secret"),
                tls: .init(keyPassword: "hidden")
            )
        )
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("secret"))
            #expect(!text.contains("hidden"))
        }
    }

    @Test("Durations become whole milliseconds, within librdkafka's range")
    func durations() throws {
        var configuration = KafkaProducerConfiguration(brokers)
        configuration.deliveryTimeout = .seconds(1_000_000_000)
        try configuration.validate()
        configuration.linger = .milliseconds(-5)
        try configuration.validate()
    }
}
