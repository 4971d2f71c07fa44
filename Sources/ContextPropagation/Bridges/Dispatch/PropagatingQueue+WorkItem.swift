public import Dispatch

extension DispatchWorkItem {
    /// A work item whose block runs in the context of the place where the item is *made*, wherever it is submitted.
    ///
    /// When to use it: instead of `DispatchWorkItem(block:)`. The context is not taken at submission, since a block
    /// around the item would lose its `.barrier` and its quality of service.
    ///
    ///     let item = DispatchWorkItem.propagatingContext(flags: .barrier) { log.info("index rebuilt") }
    ///     queue.async(execute: item)
    ///
    /// - Parameters:
    ///   - qos: As Dispatch has it.
    ///   - flags: As Dispatch has it.
    ///   - fileID: The place, which a leak check names; leave it out.
    ///   - line: The place, which a leak check names; leave it out.
    ///   - block: Runs each time that the item is performed, unless it was cancelled.
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

    /// Runs `work` on `queue` when this item has ended, in the context of this call.
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

    /// Submits `item` to `queue` when this one has ended. Its context is that of the place where it was made by
    /// ``propagatingContext(qos:flags:fileID:line:block:)``; a plain item has none.
    public func notify(queue: PropagatingQueue, execute item: DispatchWorkItem) {
        notify(queue: queue.queue, execute: item)
    }
}

extension DispatchGroup {
    /// Runs `work` on `queue` when all work of the group has ended, in the context of this call.
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

    /// Submits `work` to `queue` when all work of the group has ended. Its context is that of the place where it was
    /// made by ``Dispatch/DispatchWorkItem/propagatingContext(qos:flags:fileID:line:block:)``; a plain item has none.
    public func notify(queue: PropagatingQueue, work: DispatchWorkItem) {
        notify(queue: queue.queue, work: work)
    }
}

extension PropagatingQueue {
    /// Submits a work item as it is. Its context is that of the place where it was made by
    /// ``Dispatch/DispatchWorkItem/propagatingContext(qos:flags:fileID:line:block:)``; a plain item has none.
    public func async(execute item: DispatchWorkItem) {
        queue.async(execute: item)
    }

    /// Submits a work item as it is and counts it in `group`; see ``async(execute:)``.
    public func async(group: DispatchGroup, execute item: DispatchWorkItem) {
        queue.async(group: group, execute: item)
    }

    /// Submits a work item as it is for a time on the system's clock that stops while the machine sleeps; see
    /// ``async(execute:)``.
    public func asyncAfter(deadline: DispatchTime, execute item: DispatchWorkItem) {
        queue.asyncAfter(deadline: deadline, execute: item)
    }

    /// Submits a work item as it is for a time of day; see ``async(execute:)``.
    public func asyncAfter(wallDeadline: DispatchWallTime, execute item: DispatchWorkItem) {
        queue.asyncAfter(wallDeadline: wallDeadline, execute: item)
    }

    /// Runs a work item as it is and waits for it; see ``async(execute:)``.
    public func sync(execute item: DispatchWorkItem) {
        queue.sync(execute: item)
    }
}
