public import Dispatch

extension DispatchQueue {
    /// This queue with methods of the same names whose work runs in the context of the place where it was submitted.
    ///
    /// Only the declaration changes. A plain queue loses every task-local with `async`.
    ///
    ///     let queue = DispatchQueue(label: "decode").propagatingContext
    ///     queue.async { log.info("decoded") }        // the IDs of the caller
    public var propagatingContext: PropagatingQueue { PropagatingQueue(queue: self) }
}

/// A Dispatch queue that carries the context over; made by `queue.propagatingContext`.
///
/// The context, and what else is registered with ``ContextSnapshot``, is captured when work is *submitted*, and bound
/// while that work runs. Whatever the queue's thread does next is outside of it. What has no method here (`label`,
/// `setSpecific`, `suspend`) is on the bare ``queue``.
public struct PropagatingQueue: Sendable {
    /// The bare queue, whose own methods lose the context.
    public let queue: DispatchQueue

    /// Submits `work` and returns at once; it runs in the context of this call.
    ///
    /// - Parameters:
    ///   - group: Counts the work until it has ended.
    ///   - qos: As Dispatch has it.
    ///   - flags: As Dispatch has it; `.barrier` holds.
    ///   - fileID: The place, which a leak check names; leave it out.
    ///   - line: The place, which a leak check names; leave it out.
    ///   - work: Runs once on the queue.
    public func async(
        group: DispatchGroup? = nil,
        qos: DispatchQoS = .unspecified,
        flags: DispatchWorkItemFlags = [],
        fileID: StaticString = #fileID,
        line: UInt = #line,
        execute work: @escaping @Sendable () -> Void
    ) {
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        queue.async(group: group, qos: qos, flags: flags) { snapshot.run(work) }
    }

    /// Submits `work` for a time on the system's clock that stops while the machine sleeps; it runs in the context of
    /// this call.
    public func asyncAfter(
        deadline: DispatchTime,
        qos: DispatchQoS = .unspecified,
        flags: DispatchWorkItemFlags = [],
        fileID: StaticString = #fileID,
        line: UInt = #line,
        execute work: @escaping @Sendable () -> Void
    ) {
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        queue.asyncAfter(deadline: deadline, qos: qos, flags: flags) { snapshot.run(work) }
    }

    /// Submits `work` for a time of day; it runs in the context of this call.
    public func asyncAfter(
        wallDeadline: DispatchWallTime,
        qos: DispatchQoS = .unspecified,
        flags: DispatchWorkItemFlags = [],
        fileID: StaticString = #fileID,
        line: UInt = #line,
        execute work: @escaping @Sendable () -> Void
    ) {
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        queue.asyncAfter(wallDeadline: wallDeadline, qos: qos, flags: flags) { snapshot.run(work) }
    }

    /// Runs `work` on the queue and waits for it; it runs in the context of this call.
    ///
    /// - Throws: What `work` throws, in its own type.
    public func sync<Result, Failure: Error>(
        flags: DispatchWorkItemFlags = [],
        fileID: StaticString = #fileID,
        line: UInt = #line,
        execute work: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // Dispatch runs it on the calling thread, where the context is bound already, except on a main queue that the
        // main thread serves from a run loop.
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        let caller = Platform.currentThread
        return try queue.sync(flags: flags) { () -> Swift.Result<Result, Failure> in
            do throws(Failure) {
                if Platform.currentThread == caller { return .success(try work()) }
                return .success(try snapshot.run(work))
            } catch {
                return .failure(error)
            }
        }.get()
    }
}
