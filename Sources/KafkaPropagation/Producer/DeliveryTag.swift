internal import ContextPropagation

/// The receiver of a message's report, as the one pointer that librdkafka keeps with the message.
///
/// A message that nobody awaits keeps only its context, so that it costs no allocation. The lowest two bits of an
/// object's address are free, and hold the case.
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
    let report = Promise<KafkaDeliveryReport>()

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
