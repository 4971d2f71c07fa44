/// An error of a Kafka client. It has a code for decisions, librdkafka's code and text, and a hint if the cause is
/// known.
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
/// A call that throws only this type reports the cancellation of its task as ``Code/cancelled``. Every other call
/// throws `CancellationError`.
///
/// Two errors are equal if their codes are equal.
public struct KafkaError: Error, Sendable {
    private let storage: Storage

    /// The properties of an error.
    struct Fields: Sendable {
        var code: Code
        var message: String
        var subject: String?
        var hint: String?
        var number: Int32?
        var name: String?
        var isRetriable = false
        var isFatal = false
        var transactionOutcome: KafkaTransactionOutcome?
    }

    // The storage is one pointer, so a report or a result with an optional error stays small.
    private final class Storage: Sendable {
        let fields: Fields

        init(_ fields: Fields) {
            self.fields = fields
        }
    }

    /// Makes an error that does not come from librdkafka. Use it in tests and in wrappers around a client.
    ///
    /// - Parameters:
    ///   - code: The kind of the error.
    ///   - message: The problem, in one sentence.
    ///   - subject: The topic, partition, property or variable that has the problem.
    ///   - hint: The action that solves the problem.
    ///   - isRetriable: Whether the same call can succeed later.
    public init(_ code: Code, _ message: String, subject: String? = nil, hint: String? = nil, isRetriable: Bool = false)
    {
        self.init(Fields(code: code, message: message, subject: subject, hint: hint, isRetriable: isRetriable))
    }

    init(_ fields: Fields) {
        storage = Storage(fields)
    }

    /// The kind of the error. Use it to decide how to react.
    public var code: Code { storage.fields.code }

    /// The problem, in the words of librdkafka or the broker if they give any.
    public var message: String { storage.fields.message }

    /// The topic, partition, property or variable that has the problem; nil if it is not known.
    public var subject: String? { storage.fields.subject }

    /// The action that solves the problem; nil if the cause is not known.
    public var hint: String? { storage.fields.hint }

    /// The number of the error in librdkafka. Negative numbers are librdkafka's own errors, positive numbers come from
    /// a broker. Nil if the error comes from this package.
    public var librdkafkaCode: Int32? { storage.fields.number }

    /// The name of the error in librdkafka, such as `_QUEUE_FULL` or `TOPIC_AUTHORIZATION_FAILED`. Nil if the error
    /// comes from this package.
    public var librdkafkaName: String? { storage.fields.name }

    /// Whether the same call can succeed later without a change to the program or its settings.
    public var isRetriable: Bool { storage.fields.isRetriable }

    /// Whether the client has stopped working for good. If so, make a new client.
    public var isFatal: Bool { storage.fields.isFatal }

    /// The end of the transaction that failed with this error; nil if the error does not end a transaction.
    ///
    /// After ``KafkaTransactionOutcome/aborted``, run the transaction again, unless ``isFatal`` says that the producer
    /// can do nothing more.
    public var transactionOutcome: KafkaTransactionOutcome? { storage.fields.transactionOutcome }

    /// The same error, with the last error of the connection in its message. For example, a refused connection explains
    /// a timeout.
    func caused(by cause: KafkaError?) -> KafkaError {
        guard let cause else { return self }
        var fields = storage.fields
        fields.message += "; the last error of the connection was: \(cause.message)"
        return KafkaError(fields)
    }

    /// The same error, after which the client can do nothing more.
    var fatal: KafkaError {
        var fields = storage.fields
        fields.isFatal = true
        fields.isRetriable = false
        return KafkaError(fields)
    }

    /// The same error, as the reason for the end of a transaction.
    func ending(_ outcome: KafkaTransactionOutcome) -> KafkaError {
        var fields = storage.fields
        fields.transactionOutcome = outcome
        return KafkaError(fields)
    }
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
    /// The subject, message, librdkafka code and hint in one line.
    public var description: String {
        var text = ""
        if let subject { text += "\(subject): " }
        text += message
        if let librdkafkaName, let librdkafkaCode { text += " (\(librdkafkaName), \(librdkafkaCode))" }
        if let hint { text += ". \(hint)" }
        return text
    }
}
