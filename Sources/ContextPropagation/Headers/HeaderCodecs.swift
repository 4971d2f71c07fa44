/// A list of header formats, in order: a context is read from the first formats that hold it, and written in all of
/// them.
///
///     let found = HeaderCodecs.environment.extract(from: headers)
///     withLogContext(found.receivingContext()) { … }
///
///     var headers: [String: String] = [:]
///     HeaderCodecs([.b3, .plain]).inject(.current, into: &headers)
///
/// For headers that no ``HeaderFormat`` covers, add a ``HeaderCodec`` of your own.
public struct HeaderCodecs: Sendable {
    /// The formats, in the order in which they are read. Each appears once.
    public let formats: [HeaderFormat]
    /// How to read a header that appears more than once in a format that allows it only once.
    public let duplicates: HeaderDuplicates
    /// Whether the plain format writes `execution_id`.
    public let sendsExecution: Bool

    private let custom: [any HeaderCodec]
    private let formatSet: HeaderFormatSet
    /// Finds the headers that a context keeps for these codecs; nil if it keeps none, because of a custom codec.
    let packingKey: RenderingKey?

    /// The default formats: `tracecontext,baggage,plain`.
    public static let defaultFormats: [HeaderFormat] = [.traceContext, .baggage, .plain]

    /// Makes codecs for these formats.
    ///
    /// - Parameters:
    ///   - formats: The formats, in the order in which they are read. The trace comes from the first format with a
    ///     valid trace, and the baggage from the first format with baggage. Other formats complete the same span, for
    ///     example with its tracestate. An empty list with no `custom` codecs means that headers are neither read nor
    ///     changed.
    ///   - duplicates: How to read a header that appears more than once in a format that allows it only once.
    ///   - sendsExecution: Whether to send `execution_id`. Pass `false` for messages that leave your organization.
    ///   - custom: Codecs of your own, which are called after `formats`. Each makes one more pass over the headers.
    public init(
        _ formats: [HeaderFormat] = defaultFormats,
        duplicates: HeaderDuplicates = .last,
        sendsExecution: Bool = true,
        custom: [any HeaderCodec] = []
    ) {
        self.formats = formats.reduce(into: []) { list, format in
            if !list.contains(format) { list.append(format) }
        }
        self.duplicates = duplicates
        self.sendsExecution = sendsExecution
        self.custom = custom
        formatSet = self.formats.reduce(into: []) { $0.formUnion(HeaderFormatSet($1.kind)) }
        packingKey = custom.isEmpty ? Self.packingKey(self.formats, sendsExecution: sendsExecution) : nil
    }
}

extension HeaderCodecs {
    /// Whether injecting `context` changes any headers.
    package func changesHeaders(for context: LogContext) -> Bool {
        !context.isEmpty && (!formats.isEmpty || !custom.isEmpty)
    }

    /// Whether an inject removes the headers of this name.
    package func replaces(_ name: Span<UInt8>) -> Bool {
        HeaderName(name)?.isReplaced(by: formatSet) ?? false
    }
}

extension HeaderCodecs: HeaderCodec {
    /// Reads the headers in one pass. It never fails: a part that cannot be read is absent, and
    /// ``HeaderExtraction/misses`` has the reason.
    public func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction {
        var result = HeaderExtraction()
        // A closure cannot capture a borrowed parameter. The copy costs at most a retain.
        let carrier = copy carrier
        withUnsafeMutablePointer(to: &result) { read(carrier, into: $0) }
        return result
    }

    /// Returns the context in which to handle a record with these headers.
    ///
    /// - Parameter body: Called once with the extraction, which is not copied, and with its
    ///   ``HeaderExtraction/receivingContext(process:)``. It may replace the context.
    package func receivingContext(
        from headers: HeaderBytes,
        _ body: (UnsafePointer<HeaderExtraction>, inout LogContext) -> Void
    ) -> LogContext {
        withUnsafeTemporaryAllocation(of: HeaderExtraction.self, capacity: 1) { memory in
            let found = memory.baseAddress.unsafelyUnwrapped
            found.initialize(to: HeaderExtraction())
            // Few extractions own an object. Looking at each part of the others would cost more than this question.
            defer { if found.pointee.ownsObjects { found.deinitialize(count: 1) } }
            read(headers, into: found)
            var context = HeaderExtraction.receivingContext(of: UnsafePointer(found))
            body(UnsafePointer(found), &context)
            return context
        }
    }

    @inline(__always)
    private func read(_ carrier: some HeaderCarrier, into result: UnsafeMutablePointer<HeaderExtraction>) {
        withUnsafeTemporaryAllocation(of: OtherHeaderReading.self, capacity: 1) { others in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: PlainReading.memory) { texts in
                var reading = HeaderReading(
                    formatSet,
                    duplicates,
                    others.baseAddress.unsafelyUnwrapped,
                    texts.baseAddress.unsafelyUnwrapped
                )
                carrier.forEachHeader { name, value in reading.read(name, value) }
                var merge = HeaderMerge(into: result)
                reading.contribute(to: &merge, in: formats)
                for codec in custom { merge.add(codec.extract(from: carrier)) }
                merge.finish()
            }
        }
    }

    /// Writes `context` into the headers, *replacing* every trace in them, in any format and any spelling. The traces
    /// of SkyWalking, Google Cloud and gRPC, which no format reads, are removed, too.
    ///
    /// All other headers stay unchanged, in order; so do `correlation_id`, `x-correlation-id` and those of CloudEvents.
    /// A context with neither a trace nor an execution changes nothing. Baggage headers of Jaeger and of OpenTracing
    /// leave out members that exceed 8192 bytes together after encoding.
    public func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
        guard changesHeaders(for: context) else { return }
        carrier.removeHeaders { name in replaces(name) }
        for format in formats {
            switch format.kind {
            case .traceContext: TraceContextCodec.inject(context, into: &carrier)
            case .baggage: BaggageCodec.inject(context, into: &carrier)
            case .b3: B3Codec.injectSingle(context, into: &carrier)
            case .b3Multi: B3Codec.injectMulti(context, into: &carrier)
            case .jaeger: JaegerCodec.inject(context, into: &carrier)
            case .xray: XRayCodec.inject(context, into: &carrier)
            case .xrayLambda:
                if !formats.contains(.xray) { XRayCodec.inject(context, into: &carrier) }
            case .ottrace: OTTraceCodec.inject(context, into: &carrier)
            case .datadog: DatadogCodec.inject(context, into: &carrier)
            case .plain: PlainCodec.inject(context, sendsExecution: sendsExecution, into: &carrier)
            }
        }
        for codec in custom { codec.inject(context, into: &carrier) }
    }
}
