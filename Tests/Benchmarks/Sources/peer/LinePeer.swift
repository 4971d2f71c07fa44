import Foundation
import MALogger

/// Logs the line that every logger in ../shared/peers/logbench writes.
enum LinePeer {
    private static let log = Log("pipeline.inference")
    // These are variables, so the compiler cannot render their values in advance. Nothing changes them.
    nonisolated(unsafe) private static var duration = 0.0123
    nonisolated(unsafe) private static var camera = "north-gate"

    /// Logs the lines on the threads, after a tenth as many to warm up, and writes the nanoseconds of a line to stderr.
    static func run(lines: Int, threads: Int, isBuffered: Bool) {
        setenv("SERVICE_NAME", "video-worker", 1)
        if isBuffered { setenv("LOG_BUFFER", "1MiB", 0) }
        setupLogging()
        let share = lines / threads
        onThreads(threads, share / 10)
        let start = Usage.now
        onThreads(threads, share)
        let used = Usage.now - start
        let count = Double(share * threads)
        let figures = String(format: "RESULT %.2f %.2f\n", used.wall / count, used.processor / count)
        FileHandle.standardError.write(Data(figures.utf8))
    }

    private static func onThreads(_ threads: Int, _ lines: Int) {
        let group = DispatchGroup()
        for _ in 0..<threads {
            group.enter()
            Thread.detachNewThread {
                let context = LogContext(
                    correlationID: "0af7651916cd43dd8448eb211c80319c",
                    executionID: "V1StGXR8_Z5jdHi6B-myTq",
                    taskID: "inference-3"
                )
                LogContext.$current.withValue(context) {
                    for frame in 0..<lines {
                        log.info("frame processed") {
                            $0.frame = frame
                            $0.duration = duration
                            $0.camera = camera
                        }
                    }
                }
                group.leave()
            }
        }
        group.wait()
    }
}
