public import Dispatch

extension DispatchSourceProtocol {
    /// A wrapper of this source or timer whose handlers run in the context of the code that *sets* them.
    ///
    /// The setters have the names of the source's own setters.
    ///
    ///     let timer = DispatchSource.makeTimerSource(queue: queue)
    ///     timer.propagatingContext.setEventHandler { log.info("stream still alive") }
    ///     timer.schedule(deadline: .now(), repeating: .seconds(1))
    ///     timer.activate()
    ///
    /// If a request sets the handler of a source that lives longer than the request, every later event has the IDs of
    /// that request. Set the handler of a long-lived source inside `withLogContext(.process) { }`.
    public var propagatingContext: PropagatingSource { PropagatingSource(source: self) }
}

/// A Dispatch source that runs its handlers in the context of the code that sets them.
///
/// `source.propagatingContext` makes it.
public struct PropagatingSource {
    /// The plain source. Its own setters lose the context.
    public let source: any DispatchSourceProtocol

    /// Sets the handler of each event. It runs in the context of this call. Nil removes the handler.
    public func setEventHandler(
        qos: DispatchQoS = .unspecified,
        flags: DispatchWorkItemFlags = [],
        fileID: StaticString = #fileID,
        line: UInt = #line,
        handler: (@Sendable () -> Void)?
    ) {
        source.setEventHandler(qos: qos, flags: flags, handler: bound(handler, fileID, line))
    }

    /// Sets the handler that runs once when the source was cancelled. It runs in the context of this call. Nil removes
    /// the handler.
    public func setCancelHandler(
        qos: DispatchQoS = .unspecified,
        flags: DispatchWorkItemFlags = [],
        fileID: StaticString = #fileID,
        line: UInt = #line,
        handler: (@Sendable () -> Void)?
    ) {
        source.setCancelHandler(qos: qos, flags: flags, handler: bound(handler, fileID, line))
    }

    /// Sets the handler that runs once when the source is ready for events. It runs in the context of this call. Nil
    /// removes the handler.
    public func setRegistrationHandler(
        qos: DispatchQoS = .unspecified,
        flags: DispatchWorkItemFlags = [],
        fileID: StaticString = #fileID,
        line: UInt = #line,
        handler: (@Sendable () -> Void)?
    ) {
        source.setRegistrationHandler(qos: qos, flags: flags, handler: bound(handler, fileID, line))
    }

    private func bound(
        _ handler: (@Sendable () -> Void)?,
        _ fileID: StaticString,
        _ line: UInt
    ) -> (@Sendable () -> Void)? {
        guard let handler else { return nil }
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        return { snapshot.run(handler) }
    }
}
