#if SwiftLog
import Logging
#endif

extension Lines {
    /// A line of swift-log's `Logger`, if the trait `SwiftLog` is on: `swift run --traits SwiftLog …`. Making the
    /// metadata of a line costs allocations of swift-log's.
    static let swiftLogVariants: [Variant] = {
        #if SwiftLog
        return [
            Variant(
                "swift-log, three metadata values",
                { count in log(count, to: Logger(label: "pipeline.inference")) }
            ),
            Variant(
                "the same with a handler that does nothing",
                { count in log(count, to: Logger(label: "pipeline.inference", factory: { _ in NoHandler() })) }
            ),
            Variant(
                "swift-log, metadata made before",
                { count in
                    let logger = Logger(label: "pipeline.inference")
                    let metadata: Logger.Metadata = [
                        "frame": .stringConvertible(17), "duration": .stringConvertible(duration),
                        "camera": .string(camera),
                    ]
                    for _ in 0..<count { logger.info("frame processed", metadata: metadata) }
                }
            ),
        ]
        #else
        return []
        #endif
    }()

    #if SwiftLog
    @inline(__always)
    private static func log(_ count: Int, to logger: Logger) {
        for frame in 0..<count {
            logger.info(
                "frame processed",
                metadata: [
                    "frame": .stringConvertible(frame), "duration": .stringConvertible(duration),
                    "camera": .string(camera),
                ]
            )
        }
    }
    #endif
}

#if SwiftLog
/// A handler that lets each line pass and does nothing with it.
private struct NoHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {}
}
#endif
