internal import ContextPropagation

/// The receiver of a message's delivery report, packed into the one pointer that librdkafka keeps with a message.
///
/// A message that no task awaits keeps only its context and so needs no allocation. The lowest two bits of an object's
/// address are always 0; here they hold the case.
///
/// Each case holds the reference that the pointer owned: take it over or release it. A case with a counted reference
/// would cost more references, because a `switch` copies what it finds.
enum DeliveryTag {
    /// No receiver. A failure is logged in this context, or fails the producer's transaction.
    case unattended(Unmanaged<LogContext.Storage>)
    /// The producer's sequence of reports.
    case reported(Unmanaged<LogContext.Storage>)
    /// A task that is suspended in `send`.
    case awaited(Unmanaged<AwaitedDelivery>)
    /// A closure that was given to `enqueue`.
    case callback(Unmanaged<CallbackDelivery>)

    private static let mask: UInt = 3

    // Each function below packs the receiver, with one reference that the pointer owns. Pass the pointer to
    // `consume(_:)` or `discard(_:)` exactly once.
    // Unmanaged: the reference goes with the message through librdkafka, until `consume` takes it back.

    static func unattended(retaining context: LogContext) -> UnsafeMutableRawPointer {
        Unmanaged.passRetained(context.storage).toOpaque()
    }

    static func reported(retaining context: LogContext) -> UnsafeMutableRawPointer {
        Unmanaged.passRetained(context.storage).toOpaque() + 1
    }

    static func awaited(retaining delivery: AwaitedDelivery) -> UnsafeMutableRawPointer {
        Unmanaged.passRetained(delivery).toOpaque() + 2
    }

    static func callback(retaining delivery: CallbackDelivery) -> UnsafeMutableRawPointer {
        Unmanaged.passRetained(delivery).toOpaque() + 3
    }

    /// Unpacks the receiver, and gives the reference of the pointer to the caller.
    @inline(__always)
    static func consume(_ pointer: UnsafeMutableRawPointer) -> DeliveryTag {
        let tag = UInt(bitPattern: pointer) & mask
        let object = pointer - Int(tag)
        return switch tag {
        case 0: .unattended(Unmanaged<LogContext.Storage>.fromOpaque(object))
        case 1: .reported(Unmanaged<LogContext.Storage>.fromOpaque(object))
        case 2: .awaited(Unmanaged<AwaitedDelivery>.fromOpaque(object))
        default: .callback(Unmanaged<CallbackDelivery>.fromOpaque(object))
        }
    }

    /// Releases the reference of a message that librdkafka did not accept.
    static func discard(_ pointer: UnsafeMutableRawPointer) {
        switch consume(pointer) {
        case .unattended(let context), .reported(let context): context.release()
        case .awaited(let delivery): delivery.release()
        case .callback(let delivery): delivery.release()
        }
    }
}

/// The receiver of a report that goes to a closure.
final class CallbackDelivery: Sendable {
    let context: LogContext
    let onReport: @Sendable (KafkaDeliveryReport) -> Void

    init(_ context: LogContext, _ onReport: @escaping @Sendable (KafkaDeliveryReport) -> Void) {
        self.context = context
        self.onReport = ContextSnapshot.isOnlyContext ? onReport : Self.bound(onReport, context)
    }

    /// The closure with the registered values of this call. The code that serves the report may be another request's,
    /// with values of its own.
    @inline(never)
    private static func bound(
        _ onReport: @escaping @Sendable (KafkaDeliveryReport) -> Void,
        _ context: LogContext
    ) -> @Sendable (KafkaDeliveryReport) -> Void {
        context.bind(onReport)
    }
}
