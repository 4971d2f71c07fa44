internal import ContextPropagation

/// Who wants the report of a message, as the one pointer that librdkafka keeps for it.
///
/// A message that is not awaited keeps nothing but its context, so that it costs no allocation: an object's lowest bits are
/// free, and say what it is.
enum DeliveryTag {
    /// Nobody: a failure is logged, in this context.
    case unattended(LogContext)
    /// The producer's sequence of reports.
    case reported(LogContext)
    /// A task that is suspended in `send`.
    case awaited(AwaitedDelivery)
    /// A closure that was given to `enqueue`.
    case callback(CallbackDelivery)

    private static let mask: UInt = 3

    // Unmanaged: one reference travels with the message, from here to `consume`.
    func retained() -> UnsafeMutableRawPointer {
        switch self {
        case .unattended(let context): Unmanaged.passRetained(context.storage).toOpaque()
        case .reported(let context): Unmanaged.passRetained(context.storage).toOpaque() + 1
        case .awaited(let delivery): Unmanaged.passRetained(delivery).toOpaque() + 2
        case .callback(let delivery): Unmanaged.passRetained(delivery).toOpaque() + 3
        }
    }

    /// Takes the reference back out of the pointer. To be called once for each ``retained()``.
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

/// A message whose report a task awaits.
final class AwaitedDelivery: Sendable {
    let context: LogContext
    let waiter = Waiter<KafkaDeliveryReport>()

    init(_ context: LogContext) {
        self.context = context
    }
}

/// A message whose report goes to a closure.
final class CallbackDelivery: Sendable {
    let context: LogContext
    let onReport: @Sendable (KafkaDeliveryReport) -> Void

    init(_ context: LogContext, _ onReport: @escaping @Sendable (KafkaDeliveryReport) -> Void) {
        self.context = context
        self.onReport = onReport
    }
}
