internal import ContextPropagation

/// The reports that a round of serving has gathered for tasks and closures.
struct ReportReceivers {
    // Structs, because an array destroys tuples through their metadata, which costs several times as much.
    private struct Awaited {
        let delivery: AwaitedDelivery
        let outcome: AwaitedDelivery.Outcome
    }

    private struct Callback {
        let delivery: CallbackDelivery
        let report: KafkaDeliveryReport
    }

    private var awaited: [Awaited] = []
    private var callbacks: [Callback] = []

    /// The number of reports.
    var count: Int { awaited.count + callbacks.count }

    mutating func add(_ delivery: consuming AwaitedDelivery, _ outcome: consuming AwaitedDelivery.Outcome) {
        awaited.append(Awaited(delivery: delivery, outcome: outcome))
    }

    mutating func add(_ delivery: consuming CallbackDelivery, _ report: consuming KafkaDeliveryReport) {
        callbacks.append(Callback(delivery: delivery, report: report))
    }

    /// Resumes the tasks and calls the closures, in order, and forgets them.
    // Each list is reversed, and its elements are taken from the end, because taking an element does not copy it.
    mutating func deliver() {
        if !awaited.isEmpty {
            awaited.withUnsafeMutableBufferPointer { $0.reverse() }
            while let next = awaited.popLast() { next.delivery.finish(next.outcome) }
        }
        if !callbacks.isEmpty {
            callbacks.withUnsafeMutableBufferPointer { $0.reverse() }
            while let context = callbacks.last?.delivery.context { call(in: context) }
        }
    }

    /// Calls the closures up to the next message with another context: neighbours often share a context, and then one
    /// binding.
    private mutating func call(in context: LogContext) {
        LogContext.$current.withValue(context) {
            while !callbacks.isEmpty, callbacks[callbacks.count - 1].delivery.context.storage === context.storage {
                let next = callbacks.removeLast()
                next.delivery.onReport(next.report)
            }
        }
    }
}
