internal import ContextPropagation

/// The reports that a round of serving has gathered for tasks and closures.
struct ReportReceivers {
    private var awaited: [(delivery: AwaitedDelivery, outcome: AwaitedDelivery.Outcome)] = []
    private var callbacks: [(delivery: CallbackDelivery, report: KafkaDeliveryReport)] = []

    /// The number of reports.
    var count: Int { awaited.count + callbacks.count }

    mutating func add(_ delivery: AwaitedDelivery, _ outcome: AwaitedDelivery.Outcome) {
        awaited.append((delivery, outcome))
    }

    mutating func add(_ delivery: CallbackDelivery, _ report: KafkaDeliveryReport) {
        callbacks.append((delivery, report))
    }

    /// Resumes the tasks and calls the closures, in order, and forgets them.
    mutating func deliver() {
        if !awaited.isEmpty {
            for (delivery, outcome) in awaited { delivery.finish(outcome) }
            awaited.removeAll(keepingCapacity: true)
        }
        if !callbacks.isEmpty {
            Self.call(callbacks)
            callbacks.removeAll(keepingCapacity: true)
        }
    }

    /// Calls each closure in its message's context. Neighbours with the same context share one binding.
    private static func call(_ callbacks: [(delivery: CallbackDelivery, report: KafkaDeliveryReport)]) {
        var start = 0
        while start < callbacks.count {
            let context = callbacks[start].delivery.context
            var end = start + 1
            while end < callbacks.count, callbacks[end].delivery.context.storage === context.storage { end += 1 }
            LogContext.$current.withValue(context) {
                for index in start..<end { callbacks[index].delivery.onReport(callbacks[index].report) }
            }
            start = end
        }
    }
}
