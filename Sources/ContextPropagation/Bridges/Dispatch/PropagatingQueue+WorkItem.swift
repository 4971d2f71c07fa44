public import Dispatch

extension DispatchWorkItem {
    /// Makes a work item whose block runs in the context of this call.
    ///
    /// When to use it: instead of `DispatchWorkItem(block:)`. The context is captured when the item is *made*, and not
    /// when it is submitted: a block around the item would lose its `.barrier` and its quality of service.
    ///
    ///     let item = DispatchWorkItem.propagatingContext(flags: .barrier) { log.info("index rebuilt") }
    ///     queue.async(execute: item)
    ///
    /// - Parameters:
    ///   - qos: The quality of service, as in Dispatch.
    ///   - flags: The flags, as in Dispatch.
    ///   - fileID: The source file of the call. Leak checks report it. Keep the default.
    ///   - line: The source line of the call. Leak checks report it. Keep the default.
    ///   - block: The code to run. It runs each time that the item is performed, unless the item was cancelled.
    public static func propagatingContext(
        qos: DispatchQoS = .unspecified,
        flags: DispatchWorkItemFlags = [],
        fileID: StaticString = #fileID,
        line: UInt = #line,
        block: @escaping @Sendable () -> Void
    ) -> DispatchWorkItem {
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        return DispatchWorkItem(qos: qos, flags: flags) { snapshot.run(block) }
    }

    /// Runs `work` on `queue` in the context of this call when this item has ended.
    public func notify(
        qos: DispatchQoS = .unspecified,
        flags: DispatchWorkItemFlags = [],
        queue: PropagatingQueue,
        fileID: StaticString = #fileID,
        line: UInt = #line,
        execute work: @escaping @Sendable () -> Void
    ) {
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        notify(qos: qos, flags: flags, queue: queue.queue) { snapshot.run(work) }
    }

    /// Submits `item` to `queue` when this item has ended.
    ///
    /// An item from ``propagatingContext(qos:flags:fileID:line:block:)`` runs in the context in which it was made. A
    /// plain item runs in no context.
    public func notify(queue: PropagatingQueue, execute item: DispatchWorkItem) {
        notify(queue: queue.queue, execute: item)
    }
}

extension DispatchGroup {
    /// Runs `work` on `queue` in the context of this call when all work of the group has ended.
    public func notify(
        qos: DispatchQoS = .unspecified,
        flags: DispatchWorkItemFlags = [],
        queue: PropagatingQueue,
        fileID: StaticString = #fileID,
        line: UInt = #line,
        execute work: @escaping @Sendable () -> Void
    ) {
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        notify(qos: qos, flags: flags, queue: queue.queue) { snapshot.run(work) }
    }

    /// Submits `work` to `queue` when all work of the group has ended.
    ///
    /// An item from `DispatchWorkItem.propagatingContext(block:)` runs in the context
    /// in which it was made. A plain item runs in no context.
    public func notify(queue: PropagatingQueue, work: DispatchWorkItem) {
        notify(queue: queue.queue, work: work)
    }
}

extension PropagatingQueue {
    /// Submits a work item unchanged.
    ///
    /// An item from `DispatchWorkItem.propagatingContext(block:)` runs in the context
    /// in which it was made. A plain item runs in no context.
    public func async(execute item: DispatchWorkItem) {
        queue.async(execute: item)
    }

    /// Submits a work item unchanged and counts it in `group`; see ``async(execute:)``.
    public func async(group: DispatchGroup, execute item: DispatchWorkItem) {
        queue.async(group: group, execute: item)
    }

    /// Submits a work item unchanged for a time on the clock that stops while the machine sleeps; see
    /// ``async(execute:)``.
    public func asyncAfter(deadline: DispatchTime, execute item: DispatchWorkItem) {
        queue.asyncAfter(deadline: deadline, execute: item)
    }

    /// Submits a work item unchanged for a time of day; see ``async(execute:)``.
    public func asyncAfter(wallDeadline: DispatchWallTime, execute item: DispatchWorkItem) {
        queue.asyncAfter(wallDeadline: wallDeadline, execute: item)
    }

    /// Runs a work item unchanged and waits for its end; see ``async(execute:)``.
    public func sync(execute item: DispatchWorkItem) {
        queue.sync(execute: item)
    }
}
