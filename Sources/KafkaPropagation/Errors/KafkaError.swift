/// An error of Kafka: a code to decide on, librdkafka's code and text, and a hint if the cause is known.
///
///     do {
///         try await producer.send(message)
///     } catch let error as KafkaError where error.isRetriable {
///         log.warning("not sent, trying again", error: error)
///     }
///
/// Many calls throw only this type. Swift does not infer that for a closure: inside one, such as the body of
/// ``withKafkaProducer(_:_:)``, name the type with `catch let error as KafkaError`.
///
/// A call that throws only this type reports the cancellation of its task as ``Code/cancelled``; every other call
/// throws `CancellationError`.
///
/// Two errors are equal when their codes are.
public struct KafkaError: Error, Sendable {
    private let storage: Storage

    // One word, so that a report or a result that carries an optional error stays small.
    private final class Storage: Sendable {
        let code: Code
        let message: String
        let subject: String?
        let hint: String?
        let number: Int32?
        let name: String?
        let isRetriable: Bool
        let isFatal: Bool

        init(
            code: Code,
            message: String,
            subject: String?,
            hint: String?,
            number: Int32?,
            name: String?,
            isRetriable: Bool,
            isFatal: Bool
        ) {
            self.code = code
            self.message = message
            self.subject = subject
            self.hint = hint
            self.number = number
            self.name = name
            self.isRetriable = isRetriable
            self.isFatal = isFatal
        }
    }

    /// An error of this library's own, as a test or a wrapper around a client may want to make one.
    ///
    /// - Parameters:
    ///   - code: What to decide on.
    ///   - message: What happened, in one sentence.
    ///   - subject: What it happened to: a topic, a property, a variable.
    ///   - hint: What to do about it.
    ///   - isRetriable: Whether the same call can succeed later.
    public init(_ code: Code, _ message: String, subject: String? = nil, hint: String? = nil, isRetriable: Bool = false)
    {
        storage = Storage(
            code: code,
            message: message,
            subject: subject,
            hint: hint,
            number: nil,
            name: nil,
            isRetriable: isRetriable,
            isFatal: false
        )
    }

    init(
        code: Code,
        message: String,
        subject: String?,
        hint: String?,
        number: Int32,
        name: String,
        isRetriable: Bool,
        isFatal: Bool
    ) {
        storage = Storage(
            code: code,
            message: message,
            subject: subject,
            hint: hint,
            number: number,
            name: name,
            isRetriable: isRetriable,
            isFatal: isFatal
        )
    }

    /// What to decide on.
    public var code: Code { storage.code }

    /// What happened: librdkafka's or the broker's words where they said any.
    public var message: String { storage.message }

    /// What it happened to, where that is known: a topic, a partition, a property, a variable.
    public var subject: String? { storage.subject }

    /// What to do about it, where the cause is known.
    public var hint: String? { storage.hint }

    /// librdkafka's number for it: negative ones are its own, positive ones come from a broker. Nil for an error of
    /// this library.
    public var librdkafkaCode: Int32? { storage.number }

    /// librdkafka's name for it, as in `_QUEUE_FULL` or `TOPIC_AUTHORIZATION_FAILED`.
    public var librdkafkaName: String? { storage.name }

    /// Whether the same call can succeed later without a change of program or settings.
    public var isRetriable: Bool { storage.isRetriable }

    /// Whether the client is of no more use: make a new one.
    public var isFatal: Bool { storage.isFatal }
}

extension KafkaError: Hashable {
    public static func == (left: KafkaError, right: KafkaError) -> Bool {
        left.code == right.code
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
    }
}

extension KafkaError: CustomStringConvertible {
    /// All that is known, in one line.
    public var description: String {
        var text = ""
        if let subject { text += "\(subject): " }
        text += message
        if let librdkafkaName, let librdkafkaCode { text += " (\(librdkafkaName), \(librdkafkaCode))" }
        if let hint { text += ". \(hint)" }
        return text
    }
}

extension KafkaError {
    /// The error of a call that throws only ``KafkaError`` and whose task was cancelled.
    static var cancelled: KafkaError {
        KafkaError(.cancelled, "the task was cancelled")
    }
}
