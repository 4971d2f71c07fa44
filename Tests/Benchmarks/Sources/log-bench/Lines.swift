import MALogger

enum BenchmarkError: Error {
    case truncated, timedOut
}

/// The kinds of line that are measured. Each calls the logger as an application does.
enum Lines {
    static let log = Log("pipeline.inference")
    // These are variables, so the compiler cannot render their values in advance. Nothing changes them.
    nonisolated(unsafe) static var duration = 0.0123
    nonisolated(unsafe) static var odd = 0.1 + 0.2
    nonisolated(unsafe) static var camera = "north-gate"
    // As a `catch` block gets it. Making it costs an allocation, which belongs to the code that throws it.
    nonisolated(unsafe) static var failure: any Error = BenchmarkError.timedOut

    /// A kind of line.
    struct Variant: Sendable {
        let name: String
        var hasSpan = false
        /// Logs the given number of lines.
        let log: @Sendable (_ count: Int) -> Void

        init(_ name: String, hasSpan: Bool = false, _ log: @escaping @Sendable (_ count: Int) -> Void) {
            self.name = name
            self.hasSpan = hasSpan
            self.log = log
        }
    }

    private static let threeFields: @Sendable (Int) -> Void = { count in
        for frame in 0..<count {
            log.info("frame processed") {
                $0.frame = frame
                $0.duration = duration
                $0.camera = camera
            }
        }
    }

    static let variants: [Variant] = ownVariants + swiftLogVariants

    private static let ownVariants: [Variant] = [
        Variant("three fields", threeFields),
        Variant("three fields and a span", hasSpan: true, threeFields),
        Variant("no fields", { count in for _ in 0..<count { log.info("frame processed") } }),
        Variant(
            "log.with of three fields",
            { count in
                let log = log.with {
                    $0.frame = 17
                    $0.duration = duration
                    $0.camera = camera
                }
                for _ in 0..<count { log.info("frame processed") }
            }
        ),
        Variant(
            "nested object",
            { count in
                for frame in 0..<count {
                    log.info("frame processed") {
                        $0.frame = frame
                        $0.camera {
                            $0.name = camera
                            $0.duration = duration
                        }
                    }
                }
            }
        ),
        Variant(
            "names known at run time",
            { count in
                for frame in 0..<count {
                    log.info("frame processed") {
                        $0["frame"] = frame
                        $0["duration"] = duration
                        $0["camera"] = camera
                    }
                }
            }
        ),
        Variant(
            "17-digit double",
            { count in
                for frame in 0..<count {
                    log.info("frame processed") {
                        $0.frame = frame
                        $0.duration = odd
                        $0.camera = camera
                    }
                }
            }
        ),
        Variant(
            "Hebrew message",
            { count in for frame in 0..<count { log.info("המסגרת עובדה") { $0.frame = frame } } }
        ),
        Variant(
            "interpolated message",
            { count in for frame in 0..<count { log.info("frame \(frame) of \(camera)") } }
        ),
        Variant("with an error", { count in for _ in 0..<count { log.error("failed", error: failure) } }),
        Variant("level off", { count in for frame in 0..<count { log.debug("frame") { $0.frame = frame } } }),
    ]
}
