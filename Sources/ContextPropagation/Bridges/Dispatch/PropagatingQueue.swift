public import Dispatch

extension DispatchQueue {
    /// A wrapper of this queue whose methods run their work in the context of the code that submits it.
    ///
    /// The methods have the names of the queue's own methods, so only the declaration of a queue changes. The `async`
    /// of a plain queue loses every task-local.
    ///
    ///     let queue = DispatchQueue(label: "decode").propagatingContext
    ///     queue.async { log.info("decoded") }        // has the IDs of the caller
    public var propagatingContext: PropagatingQueue { PropagatingQueue(queue: self) }
}

/// A Dispatch queue that runs its work in the context of the code that submits it. `queue.propagatingContext` makes it.
///
/// The context and the values that are registered with ``ContextSnapshot`` are captured when work is *submitted*. They
/// are bound only while that work runs. For the other methods of a queue (`label`, `setSpecific`, `suspend`) use the
/// plain ``queue``.
public struct PropagatingQueue: Sendable {
    /// The plain queue. Its own methods lose the context.
    public let queue: DispatchQueue

    /// Submits `work` and returns immediately. The work runs in the context of this call.
    ///
    /// - Parameters:
    ///   - group: The group that counts the work until it has ended.
    ///   - qos: The quality of service, as in Dispatch.
    ///   - flags: The flags, as in Dispatch. `.barrier` keeps its effect.
    ///   - fileID: The source file of the call. Leak checks report it. Keep the default.
    ///   - line: The source line of the call. Leak checks report it. Keep the default.
    ///   - work: The code to run. It runs once on the queue.
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

    /// Submits `work` for a time on the clock that stops while the machine sleeps. The work runs in the context of this
    /// call.
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

    /// Submits `work` for a time of day. The work runs in the context of this call.
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

    /// Runs `work` on the queue in the context of this call, and waits for its end.
    ///
    /// - Throws: The error of `work`, with its own type.
    public func sync<Result, Failure: Error>(
        flags: DispatchWorkItemFlags = [],
        fileID: StaticString = #fileID,
        line: UInt = #line,
        execute work: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // Dispatch runs the work on the calling thread, where the context is already bound. The exception is the main
        // queue, which the main thread may serve.
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
