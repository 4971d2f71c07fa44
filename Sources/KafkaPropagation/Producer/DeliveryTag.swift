internal import ContextPropagation

/// The receiver of a message's delivery report, packed into the one pointer that librdkafka keeps with a message.
///
/// A message that no task awaits keeps only its context and so needs no allocation. The lowest two bits of an object's
/// address are always 0; here they hold the case.
enum DeliveryTag {
    /// No receiver. A failure is logged in this context, or fails the producer's transaction.
    case unattended(LogContext)
    /// The producer's sequence of reports.
    case reported(LogContext)
    /// A task that is suspended in `send`.
    case awaited(AwaitedDelivery)
    /// A closure that was given to `enqueue`.
    case callback(CallbackDelivery)

    private static let mask: UInt = 3

    /// Packs the receiver, with one reference that the pointer owns. Pass the pointer to ``consume(_:)`` exactly once.
    // Unmanaged: the reference goes with the message through librdkafka, until `consume` takes it back.
    func retained() -> UnsafeMutableRawPointer {
        switch self {
        case .unattended(let context): Unmanaged.passRetained(context.storage).toOpaque()
        case .reported(let context): Unmanaged.passRetained(context.storage).toOpaque() + 1
        case .awaited(let delivery): Unmanaged.passRetained(delivery).toOpaque() + 2
        case .callback(let delivery): Unmanaged.passRetained(delivery).toOpaque() + 3
        }
    }

    /// Unpacks the receiver, and takes the reference over from the pointer.
    static func consume(_ pointer: UnsafeMutableRawPointer) -> DeliveryTag {
        let tag = UInt(bitPattern: pointer) & mask
        let object = pointer - Int(tag)
        return switch tag {
        case 0: .unattended(LogContext(storage: Unmanaged<LogContext.Storage>.fromOpaque(object).takeRetainedValue()))
        case 1: .reported(LogContext(storage: Unmanaged<LogContext.Storage>.fromOpaque(object).takeRetainedValue()))
        case 2: .awaited(Unmanaged<AwaitedDelivery>.fromOpaque(object).takeRetainedValue())
        default: .callback(Unmanaged<CallbackDelivery>.fromOpaque(object).takeRetainedValue())
        }
    }
}

/// The receiver of a report that a task awaits.
final class AwaitedDelivery: Sendable {
    let context: LogContext
    let report = Promise<KafkaDeliveryReport>()

    init(_ context: LogContext) {
        self.context = context
    }
}

/// The receiver of a report that goes to a closure.
final class CallbackDelivery: Sendable {
    let context: LogContext
    let onReport: @Sendable (KafkaDeliveryReport) -> Void

    init(_ context: LogContext, _ onReport: @escaping @Sendable (KafkaDeliveryReport) -> Void) {
        self.context = context
        self.onReport = onReport
    }
}
