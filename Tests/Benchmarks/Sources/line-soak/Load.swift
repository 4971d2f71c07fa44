import Foundation
import MALogger

/// The load that the writing process logs, and that the reading process expects.
///
/// Line `n` of a thread has the kind `n % 5`. It has the IDs of its thread, and the fields `thread` and `n`.
enum Load {
    static let threads = 8
    static let kinds = 5

    /// The trace ID of a thread's context.
    static func traceID(of thread: Int) -> String { String(repeating: "0\(thread + 1)", count: 16) }

    /// The number of characters of the field `pad` in line `n`, if its kind has one.
    static func padding(of n: Int) -> Int { n % kinds == 2 ? n &* 7919 % 1500 : 0 }

    struct Fault: Error {}

    /// Logs the lines of all threads, and returns when the last one has been logged.
    static func log(linesOfThread: Int) {
        let padding = String(repeating: "x", count: 1500)
        let group = DispatchGroup()
        for thread in 0..<threads {
            let work = Thread {
                let context = LogContext(correlationID: traceID(of: thread), executionID: "soak-\(thread)")
                LogContext.$current.withValue(context) {
                    logLines(of: thread, count: linesOfThread, padding: padding)
                }
                group.leave()
            }
            group.enter()
            work.start()
        }
        group.wait()
    }

    private static func logLines(of thread: Int, count: Int, padding: String) {
        let log = Log("soak")
        for n in 0..<count {
            switch n % kinds {
            case 0:
                log.info("frame processed") {
                    $0.thread = thread
                    $0.n = n
                }
            case 1:
                log.info("frame processed in camera's time") {
                    $0.thread = thread
                    $0.n = n
                    $0.duration = 0.25
                    $0.camera { $0.id = "north-gate" }
                }
            case 2:
                let end = padding.utf8.index(padding.startIndex, offsetBy: Self.padding(of: n))
                log.notice("a \"long\"\tline") {
                    $0.thread = thread
                    $0.n = n
                    $0.pad = padding[..<end]
                }
            case 3:
                log.warning("a line with an error", error: Fault()) {
                    $0.thread = thread
                    $0.n = n
                }
            default:
                // One line of 1,000 is at a level that a buffer writes at once.
                log.log(n % 1000 == 4 ? .error : .info, "שורה \(n % 10)") {
                    $0.thread = thread
                    $0.n = n
                }
            }
            if n % 16 == 0 { log.debug("a line below the level") { $0.thread = thread } }
        }
    }
}
