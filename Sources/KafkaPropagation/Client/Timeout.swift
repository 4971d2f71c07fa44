internal import Dispatch

/// Runs a closure once when a time is over, unless it is cancelled before.
///
/// A work item of `asyncAfter` would keep its closure until the time is over, also if it is cancelled.
struct Timeout {
    private let timer: any DispatchSourceTimer

    init(after duration: Duration, _ body: @escaping @Sendable () -> Void) {
        timer = DispatchSource.makeTimerSource(queue: .global())
        timer.schedule(deadline: .now() + .milliseconds(Int(clamping: duration.wholeMilliseconds)))
        timer.setEventHandler(handler: body)
        timer.activate()
    }

    /// Releases the closure. It may still run if the time is over just now.
    func cancel() {
        timer.cancel()
    }
}
