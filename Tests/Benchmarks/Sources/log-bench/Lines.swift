import MALogger

struct BenchmarkError: Error {}

/// The kinds of line that are measured, each called as a user would.
enum Lines {
    static let log = Log("pipeline.inference")
    // Not constants, so that nothing is rendered when this is compiled. Set once, before any measurement.
    nonisolated(unsafe) static var duration = 0.0123
    nonisolated(unsafe) static var odd = 0.1 + 0.2
    nonisolated(unsafe) static var camera = "north-gate"

    static let variants: [(String, @Sendable (Int) -> Void)] = [
        (
            "three fields",
            { count in
                for frame in 0..<count {
                    log.info("frame processed") {
                        $0.frame = frame
                        $0.duration = duration
                        $0.camera = camera
                    }
                }
            }
        ),
        ("no fields", { count in for _ in 0..<count { log.info("frame processed") } }),
        (
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
        (
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
        (
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
        (
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
        ("Hebrew message", { count in for frame in 0..<count { log.info("המסגרת עובדה") { $0.frame = frame } } }),
        ("interpolated message", { count in for frame in 0..<count { log.info("frame \(frame) of \(camera)") } }),
        ("with an error", { count in for _ in 0..<count { log.error("failed", error: BenchmarkError()) } }),
        ("level off", { count in for frame in 0..<count { log.debug("frame") { $0.frame = frame } } }),
    ]
}
