public import Dispatch

extension DispatchSourceProtocol {
    /// This source or timer with setters of the same names whose handlers run in the context of the place where they
    /// are *set*.
    ///
    ///     let timer = DispatchSource.makeTimerSource(queue: queue)
    ///     timer.propagatingContext.setEventHandler { log.info("stream still alive") }
    ///     timer.schedule(deadline: .now(), repeating: .seconds(1))
    ///     timer.activate()
    ///
    /// A source that outlives the request which sets its handler keeps that request's IDs for every event: set the
    /// handler of a long-lived one inside `withLogContext(.process) { }`.
    public var propagatingContext: PropagatingSource { PropagatingSource(source: self) }
}

/// A Dispatch source that carries the context to its handlers; made by `source.propagatingContext`.
public struct PropagatingSource {
    /// The bare source, whose own setters lose the context.
    public let source: any DispatchSourceProtocol

    /// Sets what runs with each event, in the context of this call; nil takes the handler away.
    public func setEventHandler(
        qos: DispatchQoS = .unspecified,
        flags: DispatchWorkItemFlags = [],
        fileID: StaticString = #fileID,
        line: UInt = #line,
        handler: (@Sendable () -> Void)?
    ) {
        source.setEventHandler(qos: qos, flags: flags, handler: bound(handler, fileID, line))
    }

    /// Sets what runs once when the source has been cancelled, in the context of this call; nil takes the handler away.
    public func setCancelHandler(
        qos: DispatchQoS = .unspecified,
        flags: DispatchWorkItemFlags = [],
        fileID: StaticString = #fileID,
        line: UInt = #line,
        handler: (@Sendable () -> Void)?
    ) {
        source.setCancelHandler(qos: qos, flags: flags, handler: bound(handler, fileID, line))
    }

    /// Sets what runs once when the source is ready for events, in the context of this call; nil takes the handler
    /// away.
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
