import ContextPropagation
import Dispatch

/// An API that moves work to another thread, with its bridge or without.
package enum Bridge: String, CaseIterable, CustomStringConvertible {
    case async = "queue.async"
    case asyncInGroup = "queue.async(group:qos:flags:)"
    case asyncAfter = "queue.asyncAfter(deadline:)"
    case asyncAfterWall = "queue.asyncAfter(wallDeadline:)"
    case workItem = "DispatchWorkItem"
    case groupNotify = "group.notify"
    case itemNotify = "item.notify"
    case event = "source.setEventHandler"
    case cancel = "source.setCancelHandler"
    case registration = "source.setRegistrationHandler"
    case bind = "a closure"
    case bindThrowing = "a closure that throws"
    case bindAsync = "an asynchronous closure"
    case bindAsyncThrowing = "an asynchronous closure that throws"
    case detached = "Task.detached"
    case detachedThrowing = "Task.detached that throws"
    case stream = "AsyncStream"
    case throwingStream = "AsyncThrowingStream"

    package var description: String { rawValue }

    /// The bridges after whose work a plain `async` on the same queue runs.
    package static let onQueue: [Bridge] = [
        .async, .asyncInGroup, .asyncAfter, .asyncAfterWall, .workItem, .groupNotify, .itemNotify, .event, .cancel,
        .registration, .bind, .bindThrowing,
    ]

    /// Runs `work` once through this API. Dispatch's APIs run it on `queue`.
    package func submit(to queue: DispatchQueue, bridged: Bool = true, _ work: @escaping @Sendable () -> Void) {
        let propagating = queue.propagatingContext
        switch self {
        case .async:
            bridged ? propagating.async(execute: work) : queue.async(execute: work)
        case .asyncInGroup:
            let group = DispatchGroup()
            bridged
                ? propagating.async(group: group, qos: .utility, flags: .enforceQoS, execute: work)
                : queue.async(group: group, qos: .utility, flags: .enforceQoS, execute: work)
        case .asyncAfter:
            bridged
                ? propagating.asyncAfter(deadline: .now(), execute: work)
                : queue.asyncAfter(deadline: .now(), execute: work)
        case .asyncAfterWall:
            bridged
                ? propagating.asyncAfter(wallDeadline: .now(), execute: work)
                : queue.asyncAfter(wallDeadline: .now(), execute: work)
        case .workItem:
            queue.async(execute: bridged ? .propagatingContext(block: work) : DispatchWorkItem(block: work))
        case .groupNotify:
            bridged
                ? DispatchGroup().notify(queue: propagating, execute: work)
                : DispatchGroup().notify(queue: queue, execute: work)
        case .itemNotify:
            let item = DispatchWorkItem {}
            bridged ? item.notify(queue: propagating, execute: work) : item.notify(queue: queue, execute: work)
            queue.async(execute: item)
        case .event, .cancel, .registration:
            submit(toSourceOn: queue, bridged: bridged, work)
        case .bind, .bindThrowing, .bindAsync, .bindAsyncThrowing:
            submit(closure: work, to: queue, bridged: bridged)
        case .detached:
            if bridged { Task.detachedPropagatingContext { work() } } else { Task.detached { work() } }
        case .detachedThrowing:
            if bridged {
                Task.detachedPropagatingContext {
                    try Task.checkCancellation()
                    work()
                }
            } else {
                Task.detached {
                    try Task.checkCancellation()
                    work()
                }
            }
        case .stream:
            let (stream, writer) = AsyncStream.makeStream(of: Contextual<Int>.self)
            writer.yield(1)
            writer.finish()
            Task.detached {
                if bridged { await stream.forEachInContext { _ in work() } } else { for await _ in stream { work() } }
            }
        case .throwingStream:
            let (stream, writer) = AsyncThrowingStream.makeStream(of: Contextual<Int>.self)
            writer.yield(1)
            writer.finish()
            Task.detached {
                if bridged {
                    try await stream.forEachInContext { _ in work() }
                } else {
                    for try await _ in stream { work() }
                }
            }
        }
    }

    private func submit(toSourceOn queue: DispatchQueue, bridged: Bool, _ work: @escaping @Sendable () -> Void) {
        let timer = DispatchSource.makeTimerSource(queue: queue)
        let source = timer as! DispatchSource
        // The timer lives until its work has run.
        let once: @Sendable () -> Void = {
            work()
            source.setEventHandler(handler: nil as (() -> Void)?)
            source.cancel()
        }
        switch self {
        case .event:
            bridged
                ? source.propagatingContext.setEventHandler(handler: once) : source.setEventHandler(handler: once)
            timer.schedule(deadline: .now())
        case .cancel:
            bridged
                ? source.propagatingContext.setCancelHandler(handler: work) : source.setCancelHandler(handler: work)
        default:
            bridged
                ? source.propagatingContext.setRegistrationHandler(handler: once)
                : source.setRegistrationHandler(handler: once)
        }
        timer.activate()
        if self == .cancel { timer.cancel() }
    }

    private func submit(closure work: @escaping @Sendable () -> Void, to queue: DispatchQueue, bridged: Bool) {
        let context = LogContext.current
        switch self {
        case .bind:
            if bridged { queue.async(execute: context.bind(work)) } else { queue.async(execute: work) }
        case .bindThrowing:
            let plain: @Sendable () throws -> Void = { work() }
            let bound = bridged ? context.bind(plain) : plain
            queue.async { try? bound() }
        case .bindAsync:
            let plain: @Sendable () async -> Void = { work() }
            let bound: @Sendable () async -> Void = bridged ? context.bind(plain) : plain
            Task.detached { await bound() }
        default:
            let plain: @Sendable () async throws -> Void = { work() }
            let bound: @Sendable () async throws -> Void = bridged ? context.bind(plain) : plain
            Task.detached { try await bound() }
        }
    }
}
