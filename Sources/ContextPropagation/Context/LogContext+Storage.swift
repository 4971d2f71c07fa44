internal import CMALoggerShims

extension LogContext {
    /// The identifiers that take no memory of their own.
    package struct Identifiers: Sendable {
        package var traceID: TraceID?
        package var spanID: SpanID?
        package var parentSpanID: SpanID?
        package var traceFlags: TraceFlags = .sampled
        package var samplingDetail: SamplingDetail = .none
        /// Not an identifier of the context, but a forked child replaces it with them.
        package var tracedAncestor = TracedAncestor.parent

        package init() {}

        init(
            traceID: TraceID?,
            spanID: SpanID?,
            parentSpanID: SpanID?,
            traceFlags: TraceFlags,
            samplingDetail: SamplingDetail
        ) {
            self.traceID = traceID
            self.spanID = spanID
            self.parentSpanID = parentSpanID
            self.traceFlags = traceFlags
            self.samplingDetail = samplingDetail
        }
    }

    /// The object of a context. Nothing changes after the initializer.
    ///
    /// It has a property for each part. One property with all parts would be copied when a context is made.
    @usableFromInline
    package final class Storage: Sendable {
        // The first property, because `beginSpanOfForkedChild()` writes it through its address.
        package let ids: Identifiers
        package let execution: ShortText
        package let traceState: TraceState?
        package let baggage: Baggage?
        package let correlationID: String?
        package let taskID: String?
        package let fields: (any ScopeFields)?
        /// The IDs as line formats write them. Each format renders them with the first line of the context.
        package let renderings = RenderingSlot()
        /// The headers of the context, for contexts that travel more than once.
        let injections = InjectionSlot()

        @inline(__always)
        init(
            ids: Identifiers,
            execution: ShortText,
            traceState: TraceState?,
            baggage: Baggage?,
            correlationID: String?,
            taskID: String?,
            fields: (any ScopeFields)?
        ) {
            self.ids = ids
            self.execution = execution
            self.traceState = traceState
            self.baggage = baggage
            self.correlationID = correlationID
            self.taskID = taskID
            self.fields = fields
        }

        package convenience init(_ parts: Parts) {
            self.init(
                ids: parts.ids,
                execution: parts.execution,
                traceState: parts.traceState,
                baggage: parts.baggage,
                correlationID: parts.correlationID,
                taskID: parts.taskID,
                fields: parts.fields
            )
        }

        /// A copy of all parts. To read one part, use its property.
        package var parts: Parts {
            var parts = Parts()
            parts.ids = ids
            parts.execution = execution
            parts.traceState = traceState
            parts.baggage = baggage
            parts.correlationID = correlationID
            parts.taskID = taskID
            parts.fields = fields
            return parts
        }

        /// Gives the context of the process a new span in a forked child; its parent is the span of the process that
        /// forked. That span is never exported, so the spans of the child are shown below the same span as those of its
        /// parent. Lines that were rendered before are not freed: the thread that forked may be using them.
        ///
        /// Call it only in the child, before `fork` returns: no second thread can be reading. `ids` is written through
        /// its address, behind the two words of the object's header, because a `var` costs every reader a copy. No code
        /// of this module calls `fork`, and so none holds a value that it read before. A span that is not found at this
        /// address stays as it is. No key path is used: without optimization, the runtime makes it under a lock, which
        /// a thread of the parent may have held.
        func beginSpanOfForkedChild() {
            guard let spanID = ids.spanID else { return }
            let place = (Unmanaged.passUnretained(self).toOpaque() + 2 * MemoryLayout<UInt>.size)
                .assumingMemoryBound(to: Identifiers.self)
            guard place.pointee.spanID == spanID, place.pointee.parentSpanID == ids.parentSpanID else { return }
            place.pointee.tracedAncestor = place.pointee.tracedAncestor.ofChild(parent: place.pointee.parentSpanID)
            place.pointee.parentSpanID = spanID
            place.pointee.spanID = .random()
            renderings.abandon()
            injections.abandon()
        }
    }
}

extension LogContext.Storage {
    /// Releases several references to a context at once, which costs as much as releasing one.
    ///
    /// - Parameters:
    ///   - storage: The context. The caller owns `count` references to it.
    ///   - count: The number of references, at least 1.
    package static func release(_ storage: Unmanaged<LogContext.Storage>, count: Int) {
        malogc_release(storage.toOpaque(), UInt32(truncatingIfNeeded: count))
    }
}
